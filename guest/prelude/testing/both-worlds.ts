import { runInThisContext } from 'node:vm';
import type { World } from './world.ts';

/** How an expression ended: its value, or the name of what it threw. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

/** Evaluates one expression in the isolate and in Node's own world, whose web interfaces are the measure. */
export async function bothWorlds(world: World, expression: string): Promise<{ ours: Outcome; nodes: Outcome }> {
  const code = `(async () => {
    try { return { value: await (${expression}) }; } catch (error) { return { error: String(error?.name ?? error) }; }
  })()`;
  return {
    ours: (await world.evaluate(code)) as Outcome,
    nodes: structuredClone(await (runInThisContext(code) as Promise<Outcome>)),
  };
}
