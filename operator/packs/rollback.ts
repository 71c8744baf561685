import { type EnvironmentName, GreenticError, type Slot } from '@greentic/core';
import { type Decision, type LockEntry, withFormer } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import type { Outcome } from '../store/environment-store.ts';
import { formerBinding, restoreFormer } from '../verbs/env-packs.ts';
import { type InstallPorts, recorded } from './installation.ts';
import { changeLock, lockOf } from './lock.ts';
import { openEntry } from './locked-artifact.ts';

/**
 * Puts back the pack that filled a slot before, from the cache alone and with everything verified again: without a request,
 * so also while the registry cannot be reached. Throws `env/slot-empty`, `env/no-former`, `env/stale`, and as `openLocked`
 * does; a refusal is recorded.
 */
export async function rollbackPack(
  ports: Pick<InstallPorts, 'store' | 'cacheOf' | 'now'>,
  name: EnvironmentName,
  slot: Slot,
): Promise<Outcome<{ slot: Slot; generation: number }> & { decision: Decision }> {
  const verb = 'env-packs.rollback';
  const snapshot = await ports.store.read(name);
  const { former } = formerBinding(snapshot.environment, slot);
  const { digest } = former.pack;
  const { decision } = await recorded(ports.store, name, { verb, target: slot }, () =>
    openEntry(snapshot, formerEntry(snapshot, slot, digest), ports),
  );
  const outcome = await ports.store.mutate(name, {
    verb,
    target: slot,
    input: { slot, digest },
    decide: (current, now) =>
      restoreFormer(current, { slot, digest, lock: changeLock(current, (lock) => withFormer(lock, slot)) }, now),
  });
  return { ...outcome, decision };
}

function formerEntry(snapshot: Snapshot, slot: Slot, digest: string): LockEntry {
  const entry = lockOf(snapshot).former?.find((candidate) => candidate.slot === slot && candidate.digest === digest);
  if (entry !== undefined) return entry;
  throw new GreenticError('lock/invalid', `The lock does not name the former pack of ${slot}.`);
}
