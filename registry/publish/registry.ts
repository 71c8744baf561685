import { join } from 'node:path';
import { GreenticError, keyPairOf, Label, parseJson, type TrustedKey } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { documentPath, tufKeyOf } from '../tuf/metadata.ts';
import { REVOCATIONS_ROLE } from '../tuf/revocations-document.ts';
import { type Delegation, METADATA_MAX_BYTES, TOP_ROLES, type TopRole, type TufKey } from '../tuf/signed.ts';
import { type ChangeOptions, IndexChange, type SealKeys } from './index-change.ts';
import { keyPool, type RegistryKeys, type RoleKeys, signersAmong } from './registry-key.ts';
import { draftRoot, type RoleChange } from './root-draft.ts';
import { assertSigned, proposalOf, type RootProposal, rootFile, rootsOf, signProposal } from './root-proposal.ts';

/**
 * Makes an empty registry in a folder: an OCI image layout, and the first index beside it. The expiry given is kept for every
 * later change. Returns the root to pin, as JSON. Throws `registry/exists`, and `trust/threshold` when a role lacks secret keys:
 * a root whose keys are elsewhere is proposed, signed and published.
 */
export async function initRegistry(folder: string, options: { keys: RegistryKeys } & ChangeOptions): Promise<unknown> {
  const { keys, now, expiry } = options;
  let proposal = proposalOf(undefined, draftRoot(undefined, { roles: mapRoles(keys), expiry }, now));
  const { root } = rootsOf(proposal).proposed.roles;
  for (const secretKey of signersAmong(root.keyids, keys.root.secretKeys)) proposal = signProposal(proposal, secretKey);
  return createRegistry(folder, proposal, { keys, now });
}

/** Makes an empty registry under a first root that its holders have signed. Throws as `initRegistry` does. */
export async function createRegistry(
  folder: string,
  proposal: RootProposal,
  { keys, now }: { keys: { targets: RoleKeys } & SealKeys; now: Date },
): Promise<unknown> {
  assertSigned(proposal);
  return withFolderLock(folder, async () => {
    if ((await readTimestamp(folder)) !== undefined)
      throw new GreenticError('registry/exists', `There is a registry in ${folder}.`);
    const change = IndexChange.create(folder, rootFile(proposal), { now });
    change.putTargets(change.targets, keys.targets.secretKeys);
    change.seal(keys);
    await change.verify();
    await new ImageLayout(folder).create();
    await change.commit();
    return pinnedRoot(folder);
  });
}

/** The public halves of the owner's keys, as the first root takes them. */
function mapRoles(keys: RegistryKeys): Record<TopRole, RoleChange> {
  const change = ({ secretKeys, publicKeys = [], threshold }: RoleKeys): RoleChange => ({
    add: [...publicKeys, ...secretKeys.map((secretKey) => keyPairOf(secretKey).publicKey)],
    threshold,
  });
  return {
    root: change(keys.root),
    targets: change(keys.targets),
    snapshot: change(keys.snapshot),
    timestamp: change(keys.timestamp),
  };
}

/** The first root of a registry, as JSON: what an operator pins, having compared it with what the owner says. */
export async function pinnedRoot(folder: string): Promise<unknown> {
  const bytes = await readBounded(join(folder, 'tuf', '1.root.json'), METADATA_MAX_BYTES.root, 'index/invalid');
  if (bytes === undefined) throw new GreenticError('registry/unreachable', `There is no registry in ${folder}.`);
  return parseJson(bytes, { maxBytes: METADATA_MAX_BYTES.root, code: 'index/invalid' });
}

/**
 * Lets the holders of some keys publish under a namespace, `threshold` of them together. Replaces an earlier delegation; what
 * was published under it counts again once the new holders publish. Throws `trust/key-invalid`, `input/invalid`.
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
    delegateRole(change, { name: namespace, keys, threshold }, registryKeys.targets.secretKeys);
    change.seal(registryKeys);
    await change.verify();
    await change.commit();
  });
}

/** Names of roles that are no namespace. */
const RESERVED_ROLES: readonly string[] = [...TOP_ROLES, REVOCATIONS_ROLE];

function assertNamespace(namespace: string): void {
  if (Label.safeParse(namespace).success && !RESERVED_ROLES.includes(namespace)) return;
  throw new GreenticError('input/invalid', `${namespace} cannot be a namespace.`, {
    hint: `Choose lower-case letters, digits and dashes, and none of ${RESERVED_ROLES.join(', ')}.`,
  });
}

/** A role below the targets, and who may sign it. */
interface DelegatedRole {
  readonly name: string;
  readonly keys: readonly Pick<TrustedKey, 'publicKey'>[];
  readonly threshold: number;
}

/** Delegates a role in place of an earlier one of its name. Throws `trust/threshold`, `trust/key-invalid`, `input/invalid`. */
export function delegateRole(change: IndexChange, role: DelegatedRole, targetsKeys: readonly string[]): void {
  const { delegation, keys } = delegationOf(role);
  const former = change.targets.delegations ?? { keys: {}, roles: [] };
  const roles = [...former.roles.filter(({ name }) => name !== delegation.name), delegation];
  const used = new Set(roles.flatMap(({ keyids }) => keyids));
  const known = Object.entries({ ...former.keys, ...keys }).filter(([id]) => used.has(id));
  change.putTargets({ ...change.targets, delegations: { keys: Object.fromEntries(known), roles } }, targetsKeys);
}

function delegationOf({ name, keys: trusted, threshold }: DelegatedRole) {
  const keys: Record<string, TufKey> = Object.fromEntries(
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

/** What signing an index anew came to. */
export interface Refreshed {
  readonly timestamp: number;
  readonly snapshot: number;
  /** Roles that the keys given do not sign, and when each runs out. */
  readonly unsigned: readonly { readonly role: string; readonly expires: string }[];
}

/**
 * Signs the index anew before it expires, with nothing else changed: the online roles always, the targets and the namespaces
 * whose keys are among those given. Throws `trust/threshold` without the online keys.
 */
export async function refreshIndex(
  folder: string,
  options: { secretKeys: readonly string[] } & ChangeOptions,
): Promise<Refreshed> {
  const { secretKeys } = options;
  return withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, options);
    const { targets } = change.root.roles;
    const unsigned = [{ role: 'root', expires: change.root.expires }];
    if (signersAmong(targets.keyids, secretKeys).length >= targets.threshold)
      change.putTargets(change.targets, secretKeys);
    else unsigned.push({ role: 'targets', expires: change.targets.expires });
    for (const delegation of change.targets.delegations?.roles ?? []) {
      if (change.snapshot.meta[`${delegation.name}.json`] === undefined) continue;
      const role = await change.namespaceRole(delegation.name);
      if (signersAmong(delegation.keyids, secretKeys).length >= delegation.threshold)
        change.putNamespace(delegation, role, secretKeys);
      else unsigned.push({ role: delegation.name, expires: role.expires });
    }
    change.seal(keyPool(secretKeys));
    await change.verify();
    return { ...(await change.commit()), unsigned };
  });
}

/**
 * Signs snapshot and timestamp anew when half of the time they hold for is over, with the online keys alone. Gives whether it
 * did. Throws `trust/threshold` when the keys are not the registry's, also when nothing is due.
 */
export async function resealIndex(
  folder: string,
  { keys, ...options }: { keys: SealKeys } & ChangeOptions,
): Promise<boolean> {
  return withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, options);
    const former = change.freshUntil.getTime();
    change.seal(keys);
    const now = options.now.getTime();
    if (former - now > (change.freshUntil.getTime() - now) / 2) return false;
    await change.verify();
    await change.commit();
    return true;
  });
}

/** The delegation of a namespace to these keys. Throws `registry/namespace-denied` when there is none, or too few of its keys. */
export function delegationFor(change: IndexChange, namespace: string, secretKeys: readonly string[]): Delegation {
  const delegation = change.targets.delegations?.roles.find((role) => role.name === namespace);
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

function readTimestamp(folder: string): Promise<Uint8Array | undefined> {
  return readBounded(join(folder, 'tuf', 'timestamp.json'), METADATA_MAX_BYTES.timestamp, 'index/invalid');
}
