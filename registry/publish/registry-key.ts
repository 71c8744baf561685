import { tufKeyId } from '../tuf/metadata.ts';
import type { TopRole } from '../tuf/signed.ts';

/** Keys that speak for a role of the index, and how many of them have to sign. */
export interface RoleKeys {
  readonly secretKeys: readonly string[];
  /** Public keys, base64, whose secret halves are elsewhere. */
  readonly publicKeys?: readonly string[];
  readonly threshold: number;
}

/** The keys of a registry's owner, by role. Root keys are needed to create the registry only: keep them elsewhere. */
export type RegistryKeys = Readonly<Record<TopRole, RoleKeys>>;

/** One key for every role of a registry: enough for one's own machine. */
export function oneKey(secretKey: string): RegistryKeys {
  return keyPool([secretKey]);
}

/** Secret keys to sign with, whichever roles they speak for: each role takes its own from among them. */
export function keyPool(secretKeys: readonly string[]): RegistryKeys {
  const role: RoleKeys = { secretKeys, threshold: 1 };
  return { root: role, targets: role, snapshot: role, timestamp: role };
}

/** Of the secret keys given, those that a role lists; each key once. */
export function signersAmong(keyids: readonly string[], secretKeys: readonly string[]): string[] {
  const byId = new Map(secretKeys.map((secretKey) => [tufKeyId(secretKey), secretKey]));
  return keyids.flatMap((id) => byId.get(id) ?? []);
}
