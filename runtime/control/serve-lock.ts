import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { GreenticError } from '@greentic/core';

/** The right to serve an environment, which one process has at a time. */
export interface ServeLock {
  release(): void;
}

/**
 * Takes the right to serve an environment, or throws `runtime/already-running`. The system gives it back when the process
 * ends, however it ends: a dead server leaves sockets behind, but never the lock.
 */
export function acquireServeLock(environmentFolder: string): ServeLock {
  const database = new DatabaseSync(path.join(environmentFolder, 'serve.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!/locked|busy/i.test((error as Error).message)) throw error;
    throw new GreenticError('runtime/already-running', 'Another process serves this environment.', { cause: error });
  }
  return { release: () => database.close() };
}
