import { canonicalize, decode, GreenticError, keyPairOf, parseJson, signBytes } from '@greentic/core';
import { canonicalize as canonicalizeTuf } from '@tufjs/canonical-json';
import { Metadata, MetadataKind } from '@tufjs/models';
import * as z from 'zod';
import { decodeMetadata, tufKeyOf } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, type RootRole, Signatures } from '../tuf/signed.ts';

const MetadataFile = z.looseObject({ signed: z.looseObject({}), signatures: Signatures });

/**
 * A root on its way from one holder of a key to the next. It carries the root it follows, so that each holder sees what would
 * change, and signs on a machine that knows nothing of the registry.
 */
export const RootProposal = z.strictObject({
  schema: z.literal('greentic.root-proposal/1'),
  /** The registry's present root; none for the first. */
  former: MetadataFile.exactOptional(),
  proposed: MetadataFile,
});
export type RootProposal = z.infer<typeof RootProposal>;

/** How far the signing of a root is: how many keys of a root signed it, and how many have to. */
export interface Tally {
  readonly signed: number;
  readonly needed: number;
}

/** A proposal of a root that nobody signed yet. */
export function proposalOf(former: Uint8Array | undefined, proposed: RootRole): RootProposal {
  const base = { schema: 'greentic.root-proposal/1' as const, proposed: { signed: proposed, signatures: [] } };
  return former === undefined ? base : { ...base, former: decodeFile(former) };
}

/** Decodes a proposal. Throws `input/invalid`, and `index/invalid` for roots that are none. */
export function decodeProposal(bytes: Uint8Array): RootProposal {
  const maxBytes = 2 * METADATA_MAX_BYTES.root;
  const proposal = decode(RootProposal, parseJson(bytes, { maxBytes }), 'input/invalid', 'The proposal');
  rootsOf(proposal);
  return proposal;
}

/** The two roots of a proposal. Throws `index/invalid`, also when one does not follow the other. */
export function rootsOf({ former, proposed }: RootProposal): { former: RootRole | undefined; proposed: RootRole } {
  const before = former && decodeMetadata(fileOf(former), 'root');
  const after = decodeMetadata(fileOf(proposed), 'root');
  if (after.version !== (before?.version ?? 0) + 1)
    throw new GreenticError('index/invalid', `Root ${after.version} does not follow root ${before?.version ?? 0}.`);
  return { former: before, proposed: after };
}

/** The file of the proposed root, as it is signed by now. */
export function rootFile({ proposed }: RootProposal): Uint8Array {
  return fileOf(proposed);
}

/**
 * Adds the signature of a key to a proposal. Throws `input/invalid` for a key that speaks for neither root: its signature would
 * be worth nothing.
 */
export function signProposal(proposal: RootProposal, secretKey: string): RootProposal {
  const { id } = tufKeyOf(keyPairOf(secretKey).publicKey);
  const { former, proposed } = rootsOf(proposal);
  if (![former, proposed].some((root) => root?.roles.root.keyids.includes(id))) {
    throw new GreenticError('input/invalid', 'This key is a root key neither of the present root nor of the next.');
  }
  const sig = Buffer.from(signBytes(Buffer.from(canonicalizeTuf(proposal.proposed.signed)), secretKey)).toString('hex');
  const others = proposal.proposed.signatures.filter(({ keyid }) => keyid !== id);
  return { ...proposal, proposed: { ...proposal.proposed, signatures: [...others, { keyid: id, sig }] } };
}

/** Who signed a proposal by now: keys of the root before, and keys of the proposed one (TUF §6.1 asks for both). */
export function tallyOf(proposal: RootProposal): { former: Tally | undefined; proposed: Tally } {
  const { former, proposed } = rootsOf(proposal);
  return { former: former && tally(former, proposal), proposed: tally(proposed, proposal) };
}

/** Throws `trust/threshold` until enough keys of both roots have signed. */
export function assertSigned(proposal: RootProposal): void {
  const { former, proposed } = tallyOf(proposal);
  for (const [which, count] of [['present', former] as const, ['next', proposed] as const]) {
    if (count === undefined || count.signed >= count.needed) continue;
    throw new GreenticError(
      'trust/threshold',
      `The ${which} root needs ${count.needed} signatures of its own keys; there are ${count.signed}.`,
      { hint: 'Have the holders of the other root keys sign it: gtc registry root-sign.' },
    );
  }
}

function tally(root: RootRole, { proposed }: RootProposal): Tally {
  const metadata = Metadata.fromJSON(MetadataKind.Root, structuredClone(proposed) as never);
  const keys = Metadata.fromJSON(MetadataKind.Root, { signatures: [], signed: structuredClone(root) } as never).signed;
  const signed = root.roles.root.keyids.filter((id) => {
    try {
      keys.keys[id]?.verifySignature(metadata);
      return keys.keys[id] !== undefined;
    } catch {
      return false;
    }
  });
  return { signed: signed.length, needed: root.roles.root.threshold };
}

function fileOf(file: z.infer<typeof MetadataFile>): Uint8Array {
  return Buffer.from(canonicalize(file));
}

function decodeFile(bytes: Uint8Array): z.infer<typeof MetadataFile> {
  decodeMetadata(bytes, 'root');
  return decode(MetadataFile, JSON.parse(Buffer.from(bytes).toString()), 'index/invalid', 'The root metadata');
}
