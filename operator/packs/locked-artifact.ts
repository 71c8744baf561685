import type { EnvironmentName, TrustRoot } from '@greentic/core';
import { type LockEntry, openLocked, PackCache } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import { trustRootOf } from './installation.ts';

/** What opening what is locked works with. */
export interface LockedPorts {
  cacheOf(name: EnvironmentName): string;
  readonly now: () => Date;
}

/**
 * Opens a locked artifact as the environment stands: under its trust root, unless told of another, and with what it has on record as
 * revoked and overridden. Throws `trust/root-missing`, and as `openLocked` does.
 */
export async function openEntry(
  snapshot: Snapshot,
  entry: LockEntry,
  ports: LockedPorts,
  trustRoot: TrustRoot = trustRootOf(snapshot),
): ReturnType<typeof openLocked> {
  const { name, revocations, overrides } = snapshot.environment;
  const cache = new PackCache(ports.cacheOf(name));
  return await openLocked({ entry, trustRoot, cache, now: ports.now(), revocations, overrides });
}
