import { type ArtifactName, GreenticError, keyPairOf, type Revocation, type Version } from '@greentic/core';
import { withFolderLock } from '../layout/folder-lock.ts';
import {
  decodeRevocations,
  encodeRevocations,
  REVOCATIONS_MAX_BYTES,
  REVOCATIONS_PATH,
  REVOCATIONS_ROLE,
} from '../tuf/revocations-document.ts';
import { type ChangeOptions, IndexChange, type SealKeys } from './index-change.ts';
import { delegateRole, delegationFor } from './namespace-delegation.ts';
import type { RoleKeys } from './registry-key.ts';
import type { IndexVersions } from './versions-change.ts';

/** The keys and the time of a revocation. */
export interface RevokeOptions extends ChangeOptions {
  /** Secret keys of the role that revokes; as many as it needs. */
  readonly revokerKeys: readonly string[];
  readonly registryKeys: SealKeys;
}

/**
 * Lets the holders of some keys withdraw versions, `threshold` of them together, and signs a first list. In a registry that never did
 * this, nothing can be revoked. Replaces an earlier choice; what was revoked stays so. Throws `trust/threshold`, `input/invalid`.
 */
export async function delegateRevocations(
  folder: string,
  {
    threshold,
    ...options
  }: { threshold: number; registryKeys: { targets: RoleKeys } & SealKeys } & Omit<RevokeOptions, 'registryKeys'>,
): Promise<IndexVersions> {
  const keys = options.revokerKeys.map(keyPairOf);
  return withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, options);
    const revocations = await readList(change);
    await delegateRole(change, { name: REVOCATIONS_ROLE, keys, threshold }, options.registryKeys.targets.secretKeys);
    return putList(change, revocations, options);
  });
}

/**
 * Withdraws a published version: nobody installs it any more, and who has it stops it at the next look. Throws
 * `pack/version-not-found`, `registry/namespace-denied` when the keys are not those that may revoke, and `input/invalid` for a version
 * that is revoked already.
 */
export async function revoke(
  folder: string,
  { revocation, ...options }: { revocation: Omit<Revocation, 'digest' | 'since'> } & RevokeOptions,
): Promise<Revocation> {
  const { name, version } = revocation;
  return withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, options);
    const { document } = await (await change.verify()).versionsOf(name);
    const entry = document.versions.find((candidate) => candidate.version === version);
    if (entry === undefined)
      throw new GreenticError('pack/version-not-found', `${name}@${version} is not published here.`);
    const list = await readList(change);
    if (list.some(({ digest }) => digest === entry.digest))
      throw new GreenticError('input/invalid', `${name}@${version} is revoked already.`);
    const added = { ...revocation, digest: entry.digest, since: options.now.toISOString() };
    await putList(change, [...list, added], options);
    return added;
  });
}

/** Takes a revocation back. Throws `pack/not-revoked`, and as `revoke` does. */
export async function unrevoke(
  folder: string,
  { name, version, ...options }: { name: ArtifactName; version: Version } & RevokeOptions,
): Promise<IndexVersions> {
  return withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, options);
    const list = await readList(change);
    const left = list.filter((each) => each.name !== name || each.version !== version);
    if (left.length === list.length)
      throw new GreenticError('pack/not-revoked', `${name}@${version} is not revoked here.`);
    return putList(change, left, options);
  });
}

async function readList(change: IndexChange): Promise<readonly Revocation[]> {
  const role = await change.namespaceRole(REVOCATIONS_ROLE);
  if (role.targets[REVOCATIONS_PATH] === undefined) return [];
  const bytes = await change.target(role, REVOCATIONS_PATH, REVOCATIONS_MAX_BYTES);
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', 'The registry lacks its list of revocations.');
  return decodeRevocations(bytes);
}

async function putList(
  change: IndexChange,
  revocations: readonly Revocation[],
  { revokerKeys, registryKeys }: RevokeOptions,
): Promise<IndexVersions> {
  const delegation = await delegationFor(change, REVOCATIONS_ROLE, revokerKeys);
  const role = await change.namespaceRole(REVOCATIONS_ROLE);
  const target = change.putTarget(REVOCATIONS_PATH, encodeRevocations(revocations));
  change.putNamespace(delegation, { ...role, targets: { [REVOCATIONS_PATH]: target } }, revokerKeys);
  change.seal(registryKeys);
  await (await change.verify()).revocations();
  return change.commit();
}
