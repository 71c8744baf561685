import { GreenticError, keyPairOf } from '@greentic/core';
import { tufKeyId, tufKeyOf } from '../tuf/metadata.ts';
import type { RootRole, TopRole } from '../tuf/signed.ts';

/** Secret keys that speak for a role of the index, and how many of them have to sign. */
export interface RoleKeys {
  readonly secretKeys: readonly string[];
  readonly threshold: number;
}

/** The keys of a registry's owner, by role. Root keys are needed to create the registry only: keep them elsewhere. */
export type RegistryKeys = Readonly<Record<TopRole, RoleKeys>>;

/** One key for every role of a registry: enough for one's own machine. */
export function oneKey(secretKey: string): RegistryKeys {
  const role: RoleKeys = { secretKeys: [secretKey], threshold: 1 };
  return { root: role, targets: role, snapshot: role, timestamp: role };
}

/** Keys and roles of a root, from the owner's keys. Throws `input/invalid` for a threshold that cannot be met. */
export function rootKeysOf(keys: RegistryKeys): Pick<RootRole, 'keys' | 'roles'> {
  const all: RootRole['keys'] = {};
  const roleOf = ({ secretKeys, threshold }: RoleKeys) => {
    const ids = new Set<string>();
    for (const secretKey of secretKeys) {
      const { id, key } = tufKeyOf(keyPairOf(secretKey).publicKey);
      all[id] = key;
      ids.add(id);
    }
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > ids.size) {
      throw new GreenticError('input/invalid', `A threshold of ${threshold} cannot be met with ${ids.size} keys.`);
    }
    return { keyids: [...ids].toSorted(), threshold };
  };
  const roles = {
    root: roleOf(keys.root),
    targets: roleOf(keys.targets),
    snapshot: roleOf(keys.snapshot),
    timestamp: roleOf(keys.timestamp),
  };
  return { keys: all, roles };
}

/** Of the secret keys given, those that a role lists; each key once. */
export function signersAmong(keyids: readonly string[], secretKeys: readonly string[]): string[] {
  const byId = new Map(secretKeys.map((secretKey) => [tufKeyId(secretKey), secretKey]));
  return keyids.flatMap((id) => byId.get(id) ?? []);
}
