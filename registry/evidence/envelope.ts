import {
  decode,
  EVIDENCE_MAX_BYTES,
  EVIDENCE_MEDIA_TYPE,
  GreenticError,
  PAYLOAD_TYPE,
  parseJson,
  Statement,
} from '@greentic/core';
import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import { type SignedEntity, toSignedEntity } from '@sigstore/verify';
import * as z from 'zod';

/** What is in a bundle, its signature not looked at: believe nothing of it before the entity was verified. */
export interface Envelope {
  /** Whose key is said to have signed; undefined when it is a certificate's. */
  readonly keyId: string | undefined;
  readonly payload: Uint8Array;
  /** For @sigstore/verify. */
  readonly entity: SignedEntity;
}

const canonicalBase64 = z
  .base64()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'must be canonical base64');

/** Most log entries, and most times, of one signature: each costs a verification or two. */
const WITNESSES_MAX = 16;

// The library takes what is not text for text, and the first of two things to check with: here there is one, and it is text.
const Material = z
  .strictObject({
    publicKey: z.strictObject({ hint: z.string().max(512) }).optional(),
    certificate: z.strictObject({ rawBytes: canonicalBase64 }).optional(),
    tlogEntries: z.array(z.record(z.string(), z.unknown())).max(WITNESSES_MAX).optional(),
    timestampVerificationData: z
      .strictObject({
        rfc3161Timestamps: z
          .array(z.strictObject({ signedTimestamp: canonicalBase64 }))
          .max(WITNESSES_MAX)
          .optional(),
      })
      .optional(),
  })
  .refine(({ publicKey, certificate }) => (publicKey === undefined) !== (certificate === undefined), {
    message: 'must hold a key or a certificate',
  });

const BundleJson = z.strictObject({
  mediaType: z.literal(EVIDENCE_MEDIA_TYPE),
  verificationMaterial: Material,
  dsseEnvelope: z.strictObject({
    payload: canonicalBase64,
    payloadType: z.literal(PAYLOAD_TYPE),
    // A second signature would be neither checked nor counted: somebody may take it for checked.
    signatures: z.array(z.strictObject({ keyid: z.string().max(512).optional(), sig: canonicalBase64 })).length(1),
  }),
});

/** Opens a bundle of one DSSE envelope. Throws `trust/envelope-invalid`. */
export function openEnvelope(evidence: Uint8Array | string): Envelope {
  const value = parseJson(evidence, { maxBytes: EVIDENCE_MAX_BYTES, code: 'trust/envelope-invalid' });
  const { dsseEnvelope } = decode(BundleJson, value, 'trust/envelope-invalid', 'The evidence');
  try {
    const bundle = bundleFromJSON(value);
    const material = bundle.verificationMaterial.content;
    if (!isBundleWithDsseEnvelope(bundle)) throw new Error('no DSSE envelope');
    const keyId = material.$case === 'publicKey' ? material.publicKey.hint : undefined;
    const [{ keyid } = {}] = dsseEnvelope.signatures;
    if (keyid && keyid !== (keyId ?? '')) throw new Error('the signature names another key than the bundle');
    return { keyId, payload: bundle.content.dsseEnvelope.payload, entity: toSignedEntity(bundle) };
  } catch (error) {
    throw new GreenticError('trust/envelope-invalid', `The evidence is malformed: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** The statement in an envelope. Throws `trust/envelope-invalid`. */
export function statementIn({ payload }: Envelope): Statement {
  const value = parseJson(payload, { maxBytes: EVIDENCE_MAX_BYTES, code: 'trust/envelope-invalid' });
  return decode(Statement, value, 'trust/envelope-invalid', 'The signed statement');
}
