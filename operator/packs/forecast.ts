import { type ArtifactPin, isGreenticError, type Slot, type TrustRoot } from '@greentic/core';
import type { Decision } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import { lockOf } from './lock.ts';
import { type LockedPorts, openEntry } from './locked-artifact.ts';

/** What a trust root would say of one artifact that an environment has. */
export interface Forecast extends ArtifactPin {
  /** The slot it fills, or `bundle`. */
  readonly slot: Slot | 'bundle';
  readonly verdict: 'admitted' | 'refused';
  /** The rules that would refuse it, in their order; none when its copy or its lock does not hold. */
  readonly refusals: readonly { rule?: string; code: string; looked: string; wayOut: string }[];
}

/**
 * What a trust root would say of every bound pack and every bundle in use when they are opened, from the cache and the lock:
 * nothing is asked and nothing changes. Throws `lock/invalid` for a lock that cannot be read.
 */
export async function forecast(snapshot: Snapshot, trustRoot: TrustRoot, ports: LockedPorts): Promise<Forecast[]> {
  const { environment } = snapshot;
  const used = new Set<string>([
    ...environment.bindings.map(({ pack }) => pack.digest),
    ...environment.revisions.filter(({ state }) => state !== 'archived').map(({ bundle }) => bundle.digest),
  ]);
  const entries = lockOf(snapshot).entries.filter(({ digest }) => used.has(digest));
  return await Promise.all(
    entries.map(async (entry): Promise<Forecast> => {
      const { slot, name, version, digest } = entry;
      const refusals = await refusalsOf(() => openEntry(snapshot, entry, ports, trustRoot));
      return { slot, name, version, digest, verdict: refusals.length === 0 ? 'admitted' : 'refused', refusals };
    }),
  );
}

async function refusalsOf(open: () => Promise<unknown>): Promise<Forecast['refusals']> {
  try {
    await open();
    return [];
  } catch (error) {
    if (!isGreenticError(error)) throw error;
    const { rules = [] } = (error.details?.['decision'] ?? {}) as Partial<Decision>;
    const refused = rules.flatMap((rule) => {
      if (rule.verdict === 'pass') return [];
      const { id, code, looked, wayOut } = rule;
      return [{ rule: id, code, looked, wayOut }];
    });
    return refused.length > 0 ? refused : [{ code: error.code, looked: error.message, wayOut: error.hint }];
  }
}
