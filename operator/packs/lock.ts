import { type EnvironmentName, GreenticError } from '@greentic/core';
import { decodeLock, encodeLock, type LockEntry, type LockFile } from '@greentic/registry';
import type { Decision, Snapshot } from '../decision.ts';
import type { NewLock } from '../verbs/env-packs.ts';

/** The lock of an environment; an empty one when nothing was ever locked. Throws `lock/invalid`. */
export function lockOf({ environment, lock }: Snapshot): LockFile {
  if (lock !== undefined) return decodeLock(lock);
  return { schema: 'greentic.lock/1', environment: environment.name as EnvironmentName, entries: [] };
}

/** Throws `env/stale` when what was admitted was admitted under another trust root than is in force by now. */
export function assertSameRoot({ environment }: Snapshot, { name, version, trustRoot }: LockEntry): void {
  if (trustRoot.digest === environment.trustRoot?.digest) return;
  throw new GreenticError(
    'env/stale',
    `${name}@${version} was admitted under a trust root that is no longer in force.`,
  );
}

/** The environment's lock after a change, encoded. */
export function changeLock(snapshot: Snapshot, change: (lock: LockFile) => LockFile): NewLock {
  const { text, digest } = encodeLock(change(lockOf(snapshot)));
  return { bytes: Buffer.from(text), digest };
}

/** The same decision, with a new lock committed along with it. */
export function withLock<R>(decision: Decision<R>, { bytes, digest }: NewLock): Decision<R> {
  const { environment } = decision;
  return { ...decision, environment: { ...environment, lock: { ...environment.lock, digest } }, lock: bytes };
}
