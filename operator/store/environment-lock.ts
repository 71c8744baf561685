import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { GreenticError } from '@greentic/core';

/** How long to wait for the lock, and the dice of the waiting. */
export interface LockOptions {
  /** In milliseconds. */
  readonly timeoutMs: number;
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** The right to change one environment, held by one caller on this machine at a time. */
export interface EnvironmentLock {
  /** Gives the right back. Once. */
  release(): void;
}

const SQLITE_BUSY = 5;
const LONGEST_PAUSE_MS = 20;

/**
 * Takes the lock: the write lock of an empty SQLite database, which the system takes back when its holder dies, whatever
 * kills it, and which excludes callers of the same process as well. Throws `env/busy` when it stays taken for `timeoutMs`,
 * `env/unwritable` when the file cannot be used.
 *
 * Nothing else may open the file: on POSIX, closing any other handle on it would drop this process's locks.
 */
export async function acquireLock(file: string, { timeoutMs, random }: LockOptions): Promise<EnvironmentLock> {
  const database = openDatabase(file);
  const deadline = performance.now() + timeoutMs;
  try {
    for (let longest = 1; ; longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
      if (tryBegin(database, file)) return { release: () => database.close() };
      const left = deadline - performance.now();
      if (left <= 0) throw new GreenticError('env/busy', `The environment was locked for ${timeoutMs} ms.`);
      await pause(Math.min(left, longest * (0.5 + random() / 2)));
    }
  } catch (error) {
    database.close();
    throw error;
  }
}

function openDatabase(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { timeout: 0 });
    chmodSync(file, 0o600);
    return database;
  } catch (error) {
    throw new GreenticError('env/unwritable', `The lock ${file} cannot be opened.`, { cause: error });
  }
}

function tryBegin(database: DatabaseSync, file: string): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    // The low byte is the primary code; the rest says which kind of busy.
    const { errcode = 0 } = error as { errcode?: number };
    if ((errcode & 0xff) === SQLITE_BUSY) return false;
    throw new GreenticError('env/unwritable', `The lock ${file} cannot be taken.`, {
      hint: 'If no process uses the environment, delete the lock file.',
      cause: error,
    });
  }
}
