import { join } from 'node:path';
import { GreenticError, keyPairOf, parseJson } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { METADATA_MAX_BYTES, type RoleEntry, type TopRole } from '../tuf/signed.ts';
import { type ChangeOptions, IndexChange, type SealKeys } from './index-change.ts';
import { delegationsOf, putDelegations } from './namespace-delegation.ts';
import { signNames } from './namespace-names.ts';
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
    const canSign = ({ keyids, threshold }: RoleEntry) => signersAmong(keyids, secretKeys).length >= threshold;
    const unsigned = [{ role: 'root', expires: change.root.expires }];
    const delegations = await delegationsOf(change);
    if (canSign(change.root.roles.targets)) await putDelegations(change, delegations, secretKeys);
    else unsigned.push({ role: 'targets', expires: change.targets.expires });
    for (const delegation of delegations.roles) {
      if (change.snapshot.meta[`${delegation.name}.json`] === undefined) continue;
      if (canSign(delegation)) await signNames(change, delegation, secretKeys);
      else unsigned.push({ role: delegation.name, expires: (await change.namespaceRole(delegation.name)).expires });
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

function readTimestamp(folder: string): Promise<Uint8Array | undefined> {
  return readBounded(join(folder, 'tuf', 'timestamp.json'), METADATA_MAX_BYTES.timestamp, 'index/invalid');
}
