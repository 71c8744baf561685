import { GreenticError, type TrustedKey, toKeyObject } from '@greentic/core';
import { type TrustMaterial, VerificationError, Verifier } from '@sigstore/verify';
import type { Envelope } from './envelope.ts';

/** Throws `trust/signature-invalid` unless this key signed the envelope. */
export function verifyKeySignature({ entity }: Envelope, signer: TrustedKey): void {
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
