import { canonicalize, GreenticError, keyPairOf } from '@greentic/core';
import { withFolderLock } from '../layout/folder-lock.ts';
import { decodeMetadata, metadataFile, tufKeyOf } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, type RootRole, type TopRole } from '../tuf/signed.ts';
import { IndexChange } from './index-change.ts';
import { IndexFolder } from './index-folder.ts';
import { delegationsOf, putDelegations } from './namespace-delegation.ts';
import { keyPool } from './registry-key.ts';
import { draftRoot, type RootChange } from './root-draft.ts';
import { assertSigned, proposalOf, type RootProposal, rootFile, rootsOf, signProposal } from './root-proposal.ts';

/** Secret keys at hand, whichever roles they speak for, and the time. */
export interface SigningOptions {
  readonly secretKeys: readonly string[];
  readonly now: Date;
}

/** Drafts the next root of a registry, for its holders to sign. Throws `registry/unreachable`, `input/invalid`. */
export async function proposeRoot(folder: string, change: RootChange, now: Date): Promise<RootProposal> {
  const present = await presentRoot(folder);
  return proposalOf(present, draftRoot(decodeMetadata(present, 'root'), change, now));
}

/**
 * Puts a registry under the next root, and signs anew what that root names other keys for. Holders of the former keys who are
 * here sign that as well: then no reader meets an index that he would refuse. Throws `registry/root-outdated` when the
 * registry has another root than the proposal follows, and `trust/threshold`.
 */
export async function publishRoot(
  folder: string,
  proposal: RootProposal,
  { secretKeys, now }: SigningOptions,
): Promise<{ root: number }> {
  assertSigned(proposal);
  const { former, proposed } = rootsOf(proposal);
  return withFolderLock(folder, async () => {
    const present: unknown = JSON.parse(Buffer.from(await presentRoot(folder)).toString());
    if (former === undefined || canonicalize(present) !== canonicalize(proposal.former))
      throw new GreenticError('registry/root-outdated', `Root ${proposed.version} does not follow the present root.`);
    const change = await IndexChange.open(folder, { now });
    change.putRoot(rootFile(proposal));
    const changed = (role: TopRole) => !sameKeys(former, proposed, role);
    if (changed('targets')) await putDelegations(change, await delegationsOf(change), secretKeys);
    if (changed('targets') || changed('snapshot') || changed('timestamp')) change.seal(keyPool(secretKeys));
    await change.verify();
    await change.commit();
    return { root: proposed.version };
  });
}

/**
 * Changes the root of a registry in one go, where enough root keys are at hand. Throws as `proposeRoot` and `publishRoot` do.
 */
export async function rotateKeys(
  folder: string,
  change: RootChange,
  { secretKeys, now }: SigningOptions,
): Promise<{ root: number }> {
  let proposal = await proposeRoot(folder, change, now);
  const { former, proposed } = rootsOf(proposal);
  const listed = new Set([...(former?.roles.root.keyids ?? []), ...proposed.roles.root.keyids]);
  for (const secretKey of secretKeys) {
    if (listed.has(tufKeyOf(keyPairOf(secretKey).publicKey).id)) proposal = signProposal(proposal, secretKey);
  }
  return publishRoot(folder, proposal, { secretKeys, now });
}

async function presentRoot(folder: string): Promise<Uint8Array> {
  const index = new IndexFolder(folder);
  const bytes = await index.read(metadataFile('root', await index.newestRoot()), METADATA_MAX_BYTES.root);
  if (bytes === undefined) throw new GreenticError('registry/unreachable', `There is no registry in ${folder}.`);
  return bytes;
}

function sameKeys(former: RootRole, next: RootRole, role: TopRole): boolean {
  const entry = ({ roles }: RootRole) => canonicalize([roles[role].keyids.toSorted(), roles[role].threshold]);
  return entry(former) === entry(next);
}
