import {
  canonicalize,
  type Digest,
  decode,
  digestOf,
  EVIDENCE_MEDIA_TYPE,
  encodeTrustRoot,
  GreenticError,
  keyPairOf,
  PAYLOAD_TYPE,
  parseJson,
  type Statement,
  signStatement,
  statementAbout,
  TrustedKey,
  TrustRoot,
} from '@greentic/core';
import * as z from 'zod';

/** Predicate of an owner's statement: this is the trust root that follows that one. */
export const TRUST_ROOT_PREDICATE = 'https://greentic.dev/attestation/trust-root/v1';

const MAX_BYTES = 4 * 2 ** 20;

/** An owner's signature of a trust root: DSSE, over the statement that `statementOfRoot` makes. */
export const RootSignature = z.strictObject({ keyId: TrustedKey.shape.keyId, sig: z.base64().length(88) });
export type RootSignature = z.infer<typeof RootSignature>;

/**
 * A trust root on its way from one owner to the next. It carries the one it follows, so that each owner sees what would change,
 * and signs on a machine that knows nothing of the environment.
 */
export const SignedTrustRoot = z.strictObject({
  schema: z.literal('greentic.signed-trust-root/1'),
  /** The trust root in force when it was made; none for an environment's first. */
  former: TrustRoot.exactOptional(),
  root: TrustRoot,
  signatures: z
    .array(RootSignature)
    .max(128)
    .refine(
      (all) => new Set(all.map(({ keyId }) => keyId)).size === all.length,
      'must have one signature for each key',
    ),
});
export type SignedTrustRoot = z.infer<typeof SignedTrustRoot>;

/** The canonical text of a signed trust root. Throws `trust/root-invalid`. */
export function encodeSignedTrustRoot(signed: SignedTrustRoot): string {
  return `${canonicalize(decode(SignedTrustRoot, signed, 'trust/root-invalid', 'The signed trust root'))}\n`;
}

/** Decodes a signed trust root; its signatures are not looked at. Throws `trust/root-invalid`, also for bytes that are not canonical. */
export function decodeSignedTrustRoot(bytes: Uint8Array): SignedTrustRoot {
  const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'trust/root-invalid' });
  const signed = decode(SignedTrustRoot, value, 'trust/root-invalid', 'The signed trust root');
  if (digestOf(encodeSignedTrustRoot(signed)) === digestOf(bytes)) return signed;
  throw new GreenticError('trust/root-invalid', 'The signed trust root is not in canonical form.');
}

/** What an owner says of a trust root: for which environment, of which version, and after which one. */
export function statementOfRoot(root: TrustRoot, previous: Digest | undefined): Statement {
  const { digest } = encodeTrustRoot(root);
  const predicate = { version: root.version, previous: previous ?? null };
  return statementAbout({ name: root.environment, digest }, TRUST_ROOT_PREDICATE, predicate);
}

/** The digest of a trust root; undefined when there is none. */
export function digestOfRoot(root: TrustRoot | undefined): Digest | undefined {
  return root === undefined ? undefined : encodeTrustRoot(root).digest;
}

/**
 * Adds the signature of an owner, in place of an earlier one of the same key. Throws `input/invalid` for a key that owns neither
 * trust root: its signature would be worth nothing.
 */
export function signTrustRoot(signed: SignedTrustRoot, secretKey: string): SignedTrustRoot {
  const { keyId } = keyPairOf(secretKey);
  const { former, root } = signed;
  const owners = [former?.owners, root.owners].flatMap((owned) => owned?.keys ?? []);
  if (!owners.some((owner) => owner.keyId === keyId)) {
    throw new GreenticError('input/invalid', `Key ${keyId} owns neither this trust root nor the one before.`, {
      hint: 'Sign with the key of an owner: gtc op trust-root show.',
    });
  }
  const bundle = JSON.parse(signStatement(statementOfRoot(root, digestOfRoot(former)), secretKey)) as {
    dsseEnvelope: { signatures: [{ sig: string }] };
  };
  const [{ sig }] = bundle.dsseEnvelope.signatures;
  const others = signed.signatures.filter((each) => each.keyId !== keyId);
  const signatures = [...others, { keyId, sig }].toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1));
  return { ...signed, signatures };
}

/** A signature as the Sigstore bundle it was taken from. */
export function bundleOf({ keyId, sig }: RootSignature, statement: Statement): string {
  const payload = Buffer.from(canonicalize(statement)).toString('base64');
  return canonicalize({
    mediaType: EVIDENCE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: keyId } },
    dsseEnvelope: { payload, payloadType: PAYLOAD_TYPE, signatures: [{ keyid: keyId, sig }] },
  });
}
