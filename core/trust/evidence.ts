import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import { type TrustMaterial, toSignedEntity, VerificationError, Verifier } from '@sigstore/verify';
import { GreenticError } from '../errors.ts';
import { canonicalize, decode, parseJson } from '../json.ts';
import { keyPairOf, signBytes, type TrustedKey, toKeyObject } from './key.ts';
import { Statement } from './statement.ts';

/** Media type of a Sigstore bundle v0.3: one signature with what is needed to check it. */
export const EVIDENCE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Largest evidence document, in bytes. */
export const EVIDENCE_MAX_BYTES = 8 * 2 ** 20;

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** A statement, and the key that signed it. */
export interface VerifiedStatement {
  readonly keyId: string;
  readonly statement: Statement;
}

/** Pre-authentication encoding of DSSE v1: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
function preAuthEncoding(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Signs a statement: a Sigstore bundle, as JSON text, with one DSSE envelope in it. */
export function signStatement(statement: Statement, secretKey: string): string {
  const { keyId } = keyPairOf(secretKey);
  const payload = Buffer.from(canonicalize(statement));
  const sig = Buffer.from(signBytes(preAuthEncoding(payload), secretKey)).toString('base64');
  return canonicalize({
    mediaType: EVIDENCE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: keyId } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ keyid: keyId, sig }],
    },
  });
}

/**
 * Verifies evidence against the keys given, and returns the statement that was signed: parsed from the very bytes the
 * signature covers. Throws `trust/envelope-invalid` when it is malformed or no bundle of one DSSE envelope with a key,
 * `trust/threshold` when none of the keys is the signer's, and `trust/signature-invalid` when the signature is wrong.
 */
export function verifyEvidence(evidence: Uint8Array | string, keys: readonly TrustedKey[]): VerifiedStatement {
  const envelope = decodeEnvelope(evidence);
  const signer = keys.find((key) => key.keyId === envelope.keyId);
  if (signer === undefined) {
    throw new GreenticError('trust/threshold', `Key ${envelope.keyId} is not among those trusted for this.`);
  }
  verifySignature(envelope, signer);
  const payload = parseJson(envelope.payload, { maxBytes: EVIDENCE_MAX_BYTES, code: 'trust/envelope-invalid' });
  return {
    keyId: signer.keyId,
    statement: decode(Statement, payload, 'trust/envelope-invalid', 'The signed statement'),
  };
}

interface Envelope {
  readonly keyId: string;
  readonly payload: Uint8Array;
  readonly entity: ReturnType<typeof toSignedEntity>;
}

function decodeEnvelope(evidence: Uint8Array | string): Envelope {
  const value = parseJson(evidence, { maxBytes: EVIDENCE_MAX_BYTES, code: 'trust/envelope-invalid' });
  try {
    const bundle = bundleFromJSON(value);
    if (bundle.mediaType !== EVIDENCE_MEDIA_TYPE || !isBundleWithDsseEnvelope(bundle))
      throw new Error('no DSSE envelope');
    const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
    const material = bundle.verificationMaterial.content;
    if (payloadType !== PAYLOAD_TYPE) throw new Error(`payload type ${payloadType}`);
    if (material.$case !== 'publicKey') throw new Error('not signed with a key');
    // A second signature would be neither checked nor counted: somebody may take it for checked.
    if (signatures.length !== 1) throw new Error(`${signatures.length} signatures`);
    return { keyId: material.publicKey.hint, payload, entity: toSignedEntity(bundle) };
  } catch (error) {
    throw new GreenticError('trust/envelope-invalid', `The evidence is malformed: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function verifySignature({ entity }: Envelope, signer: TrustedKey): void {
  const publicKey = toKeyObject(signer.publicKey);
  const material: TrustMaterial = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  };
  try {
    new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(entity);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    throw new GreenticError('trust/signature-invalid', `The signature of key ${signer.keyId} does not verify.`, {
      cause: error,
    });
  }
}
