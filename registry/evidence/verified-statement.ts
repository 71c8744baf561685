import { GreenticError, type Statement, type TrustedKey } from '@greentic/core';
import { openEnvelope, statementIn } from './envelope.ts';
import { verifyKeySignature } from './key-signature.ts';

/** A statement, and the key that signed it. */
export interface VerifiedStatement {
  readonly keyId: string;
  readonly statement: Statement;
}

/**
 * Verifies evidence against the keys given, and returns the statement that was signed: parsed from the very bytes the
 * signature covers. Throws `trust/envelope-invalid` when it is malformed or no bundle of one DSSE envelope with a key,
 * `trust/threshold` when none of the keys is the signer's, and `trust/signature-invalid` when the signature is wrong.
 */
export function verifyEvidence(evidence: Uint8Array | string, keys: readonly TrustedKey[]): VerifiedStatement {
  const envelope = openEnvelope(evidence);
  const signer = keys.find((key) => key.keyId === envelope.keyId);
  if (signer === undefined) {
    const who = envelope.keyId === undefined ? 'A certificate' : `Key ${envelope.keyId}`;
    throw new GreenticError('trust/threshold', `${who} is not among the keys trusted for this.`);
  }
  verifyKeySignature(envelope, signer);
  return { keyId: signer.keyId, statement: statementIn(envelope) };
}
