import { GreenticError, Label, type TrustedKey } from '@greentic/core';
import { withFolderLock } from '../layout/folder-lock.ts';
import { namespaceBin, namespacesIn, ROLE_MAX } from '../tuf/bin.ts';
import { documentPath, tufKeyOf } from '../tuf/metadata.ts';
import { REVOCATIONS_ROLE } from '../tuf/revocations-document.ts';
import { type Delegation, isBin, TOP_ROLES, type TufKeys } from '../tuf/signed.ts';
import { type ChangeOptions, IndexChange, type SealKeys } from './index-change.ts';
import { type RoleKeys, signersAmong } from './registry-key.ts';

/** Every namespace of an index, and the keys of their holders. */
export interface Delegations {
  readonly roles: readonly Delegation[];
  readonly keys: TufKeys;
}

/**
 * Lets the holders of some keys publish under a namespace, `threshold` of them together. Replaces an earlier delegation; what
 * was published under it counts again once the new holders sign. Throws `trust/key-invalid`, `input/invalid`.
 */
export async function delegateNamespace(
  folder: string,
  options: {
    namespace: string;
    keys: readonly TrustedKey[];
    threshold: number;
    registryKeys: { targets: RoleKeys } & SealKeys;
  } & ChangeOptions,
): Promise<void> {
  const { registryKeys, namespace, keys, threshold } = options;
  assertNamespace(namespace);
  await withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, options);
    await delegateRole(change, { name: namespace, keys, threshold }, registryKeys.targets.secretKeys);
    change.seal(registryKeys);
    await change.verify();
    await change.commit();
  });
}

/** A role below the targets, and who may sign it. */
interface DelegatedRole {
  readonly name: string;
  readonly keys: readonly Pick<TrustedKey, 'publicKey'>[];
  readonly threshold: number;
}

/** Delegates a role in place of an earlier one of its name. Throws `trust/threshold`, `trust/key-invalid`, `input/invalid`. */
export async function delegateRole(
  change: IndexChange,
  role: DelegatedRole,
  targetsKeys: readonly string[],
): Promise<void> {
  const { delegation, keys } = delegationTo(role);
  const former = await delegationsOf(change);
  const roles = [...former.roles.filter(({ name }) => name !== delegation.name), delegation];
  await putDelegations(change, { roles, keys: { ...former.keys, ...keys } }, targetsKeys);
}

/** Every role that an index delegates, also of one that keeps them in bins. */
export async function delegationsOf(change: IndexChange): Promise<Delegations> {
  const bins = (change.targets.delegations?.roles ?? []).filter(isBin);
  const parts = [change.targets, ...(await Promise.all(bins.map(({ name }) => change.namespaceRole(name))))];
  const keys: TufKeys = Object.assign({}, ...parts.map(({ delegations }) => delegations?.keys));
  return { roles: parts.flatMap(namespacesIn), keys };
}

/**
 * Signs the delegations of an index anew: in the top-level targets, or, when those would get too long, in bins that the same
 * keys sign. Throws `trust/threshold` for too few of the targets keys.
 */
export async function putDelegations(
  change: IndexChange,
  { roles, keys }: Delegations,
  secretKeys: readonly string[],
): Promise<void> {
  if (roles.length <= ROLE_MAX) {
    change.putTargets({ ...change.targets, delegations: delegating(roles, keys) }, secretKeys);
    return;
  }
  const { keyids, threshold } = change.root.roles.targets;
  // Who withdraws versions is asked in every look: that role is never in a bin.
  const direct = roles.filter(({ name }) => name === REVOCATIONS_ROLE);
  const namespaces = roles.filter((role) => !direct.includes(role));
  const bins: Delegation[] = [];
  for (const [name, group] of [...Map.groupBy(namespaces, (role) => namespaceBin(role.name))].toSorted()) {
    const bin = { name, keyids, threshold, terminating: true as const, paths: group.flatMap(({ paths }) => paths) };
    const role = await change.namespaceRole(name);
    change.putNamespace(bin, { ...role, targets: {}, delegations: delegating(group, keys) }, secretKeys);
    bins.push(bin);
  }
  const known = { ...keys, ...change.root.keys };
  change.putTargets({ ...change.targets, delegations: delegating([...direct, ...bins], known) }, secretKeys);
}

/** The delegation of a namespace to these keys. Throws `registry/namespace-denied` when there is none, or too few of its keys. */
export async function delegationFor(
  change: IndexChange,
  namespace: string,
  secretKeys: readonly string[],
): Promise<Delegation> {
  const { roles } = await delegationsOf(change);
  const delegation = roles.find((role) => role.name === namespace);
  if (delegation === undefined)
    throw new GreenticError('registry/namespace-denied', `Nobody may publish in ${namespace} yet.`);
  const signers = new Set(signersAmong(delegation.keyids, secretKeys));
  if (signers.size < delegation.threshold) {
    throw new GreenticError(
      'registry/namespace-denied',
      `The namespace ${namespace} needs ${delegation.threshold} of its keys; ${signers.size} of those given are among them.`,
    );
  }
  return delegation;
}

/** Of some keys, those with the ids given. */
export function keysOf(keyids: readonly string[], keys: TufKeys): TufKeys {
  return Object.fromEntries(Object.entries(keys).filter(([id]) => keyids.includes(id)));
}

function delegating(roles: readonly Delegation[], keys: TufKeys) {
  const used = new Set(roles.flatMap(({ keyids }) => keyids));
  return { keys: keysOf([...used], keys), roles: [...roles] };
}

/** Names of roles that are no namespace. */
const RESERVED_ROLES: readonly string[] = [...TOP_ROLES, REVOCATIONS_ROLE];

function assertNamespace(namespace: string): void {
  if (Label.safeParse(namespace).success && !RESERVED_ROLES.includes(namespace)) return;
  throw new GreenticError('input/invalid', `${namespace} cannot be a namespace.`, {
    hint: `Choose lower-case letters, digits and dashes, and none of ${RESERVED_ROLES.join(', ')}.`,
  });
}

function delegationTo({ name, keys: trusted, threshold }: DelegatedRole) {
  const keys: TufKeys = Object.fromEntries(
    trusted.map(({ publicKey }) => {
      const { id, key } = tufKeyOf(publicKey);
      return [id, key];
    }),
  );
  const keyids = Object.keys(keys).toSorted();
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > keyids.length) {
    throw new GreenticError('input/invalid', `A threshold of ${threshold} cannot be met with ${keyids.length} keys.`);
  }
  const paths = [documentPath(name, '*').replace(/\.json$/, '')];
  return { delegation: { name, keyids, threshold, terminating: true, paths } satisfies Delegation, keys };
}
