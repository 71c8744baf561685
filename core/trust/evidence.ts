import { canonicalize } from '../json.ts';
import { keyPairOf, signBytes } from './key.ts';
import type { Statement } from './statement.ts';

/** Media type of a Sigstore bundle v0.3: one signature with what is needed to check it. */
export const EVIDENCE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Largest evidence document, in bytes. */
export const EVIDENCE_MAX_BYTES = 8 * 2 ** 20;

/** Payload type of every envelope: in-toto statements. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

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
