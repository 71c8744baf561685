import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { GreenticError } from '@greentic/core';

const LOCK_FILE = 'lock.sqlite';
const SQLITE_BUSY = 5;

/**
 * Runs `work` while nobody else, in this process or another, holds the folder's lock. The lock is a transaction on a SQLite
 * file: the system releases it when the process that holds it dies. Throws `registry/busy` when it is not free in time.
 */
export async function withFolderLock<T>(
  folder: string,
  work: () => Promise<T>,
  { timeoutMs = 10_000 } = {},
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    await acquire(database, folder, timeoutMs);
    try {
      return await work();
    } finally {
      database.exec('ROLLBACK');
    }
  } finally {
    database.close();
  }
}

/**
 * Holds a lock of its own name in a folder until it is disposed of, or its process dies: for what only one process may do for as
 * long as it runs. Throws `registry/busy` at once when somebody holds it.
 */
export function holdFolderLock(folder: string, name: string): Disposable {
  const database = new DatabaseSync(join(folder, `${name}.sqlite`), { timeout: 0 });
  if (tryAcquire(database)) return { [Symbol.dispose]: () => database.close() };
  database.close();
  throw new GreenticError('registry/busy', `Another process holds ${name} in ${folder}.`);
}

async function acquire(database: DatabaseSync, folder: string, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!tryAcquire(database)) {
    if (performance.now() >= deadline)
      throw new GreenticError('registry/busy', `Somebody else is writing in ${folder}.`);
    // Jitter keeps two waiters from asking in step for ever.
    await delay(2 + Math.random() * 8);
  }
}

function tryAcquire(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return false;
    throw error;
  }
}
