import { type ArtifactName, type ErrorData, GreenticError, toGreenticError } from '@greentic/core';
import { REVOCATIONS_ROLE } from '../tuf/revocations-document.ts';
import type { Delegation, TargetsRole, TufKeys } from '../tuf/signed.ts';
import { ownKeyId } from '../tuf/sound-key.ts';
import { DOCUMENT_MAX_BYTES, decodeVersions } from '../tuf/versions-document.ts';
import { IndexChange } from './index-change.ts';
import { delegationsOf } from './namespace-delegation.ts';
import { rolesHolding } from './namespace-names.ts';

/** One role of an index: who signs it, how often that was done, and until when it holds. */
export interface RoleStatus {
  readonly role: string;
  readonly version: number;
  /** Ids of the keys, as whoever made them was told. */
  readonly keys: readonly string[];
  readonly threshold: number;
  readonly expires: string;
}

/** A namespace: its role, and what was published in it. */
export interface NamespaceStatus extends Omit<RoleStatus, 'role' | 'expires'> {
  readonly namespace: string;
  /** Until when its role holds; none while nothing was published. */
  readonly expires?: string;
  readonly names: number;
  readonly versions: number;
}

/** A registry as its owner sees it. */
export interface RegistryStatus {
  readonly roles: readonly RoleStatus[];
  readonly namespaces: readonly NamespaceStatus[];
  /** Why a reader who comes now would refuse the index; none when he would not. */
  readonly problem?: Pick<ErrorData, 'code' | 'message'>;
}

/** What a registry's index says of itself. Throws `registry/unreachable`, `registry/incomplete`, `index/invalid`. */
export async function registryStatus(folder: string, now: Date): Promise<RegistryStatus> {
  const change = await IndexChange.open(folder, { now });
  const { root, targets, snapshot, timestamp } = change;
  const delegations = await delegationsOf(change);
  const [revokers, holders] = [true, false].map((is) =>
    delegations.roles.filter(({ name }) => (name === REVOCATIONS_ROLE) === is),
  ) as [Delegation[], Delegation[]];
  const namespaces = await Promise.all(
    holders.map((delegation) => namespaceStatus(change, delegation, delegations.keys)),
  );
  const roles = Object.entries({ root, targets, snapshot, timestamp }).map(([role, { version, expires }]) => {
    const { keyids, threshold } = root.roles[role as keyof typeof root.roles] as (typeof root.roles)['root'];
    return { role, version, keys: ownIds(root.keys, keyids), threshold, expires };
  });
  const problem = await change.verify().then(
    () => undefined,
    (error: unknown) => toGreenticError(error).toData(),
  );
  for (const { name, keyids, threshold } of revokers) {
    const { version, expires } = await change.namespaceRole(name);
    roles.push({ role: name, version, keys: ownIds(delegations.keys, keyids), threshold, expires });
  }
  const status = { roles, namespaces };
  return problem === undefined ? status : { ...status, problem: { code: problem.code, message: problem.message } };
}

/** What of an index runs out within some days, soonest first. */
export function expiringWithin(status: RegistryStatus, days: number, now: Date): { role: string; expires: string }[] {
  const before = now.getTime() + days * 86_400_000;
  const dated = [
    ...status.roles,
    ...status.namespaces.flatMap(({ namespace, expires }) =>
      expires === undefined ? [] : [{ role: namespace, expires }],
    ),
  ];
  return dated
    .filter(({ expires }) => Date.parse(expires) <= before)
    .map(({ role, expires }) => ({ role, expires }))
    .toSorted((a, b) => a.expires.localeCompare(b.expires));
}

function ownIds(keys: TufKeys, keyids: readonly string[]): string[] {
  return keyids.flatMap((id) => (keys[id] === undefined ? [] : [ownKeyId(keys[id])]));
}

async function namespaceStatus(
  change: IndexChange,
  { name: namespace, keyids, threshold }: Delegation,
  keys: TufKeys,
): Promise<NamespaceStatus> {
  const base = { namespace, keys: ownIds(keys, keyids), threshold };
  if (change.snapshot.meta[`${namespace}.json`] === undefined) return { ...base, version: 0, names: 0, versions: 0 };
  const { version, expires } = await change.namespaceRole(namespace);
  const roles = await rolesHolding(change, namespace);
  const counts = await Promise.all(
    roles.flatMap((role) => Object.keys(role.targets).map((path) => countVersions(change, namespace, role, path))),
  );
  const versions = counts.reduce((sum, count) => sum + count, 0);
  const soonest = [expires, ...roles.map((role) => role.expires)].toSorted()[0] ?? expires;
  return { ...base, version, expires: soonest, names: counts.length, versions };
}

async function countVersions(change: IndexChange, namespace: string, role: TargetsRole, path: string): Promise<number> {
  const bytes = await change.target(role, path, DOCUMENT_MAX_BYTES);
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', `The registry lacks the document of ${path}.`);
  const name = path.slice(namespace.length + 1, -'.json'.length) as ArtifactName;
  return decodeVersions(bytes, name).versions.length;
}
