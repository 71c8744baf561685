import type { Dispatcher } from 'undici';

/**
 * Opens connections as `createDispatcher` says. What makes them is loaded when they are needed: whoever reads a folder does
 * without. Throws as `createDispatcher` does.
 */
export async function openConnections(processEnv: NodeJS.ProcessEnv, direct: boolean): Promise<Dispatcher> {
  const { createDispatcher } = await import('./dispatcher.ts');
  return await createDispatcher(processEnv, direct);
}
