import {
  type ErrorCode,
  GreenticError,
  identityId,
  type PinnedTrustedRoot,
  type TrustedIdentity,
} from '@greentic/core';
import { VerificationError, Verifier } from '@sigstore/verify';
import type { Envelope } from './envelope.ts';
import { trustMaterialOf } from './trusted-root.ts';

/**
 * Throws unless the certificate in an envelope held when the envelope was signed, as authorities, clocks and logs of a pinned
 * trusted root say, and its key signed the envelope. Asks nobody: what has to be known is in the envelope and in the root.
 * `trust/certificate-invalid` for the certificate, `trust/log-invalid` for log entries and times, `trust/signature-invalid`.
 */
export function verifyIdentitySignature(
  { entity }: Envelope,
  identity: TrustedIdentity,
  trustedRoot: PinnedTrustedRoot,
): void {
  const { log, timestamp, certificateLog } = trustedRoot.thresholds;
  const thresholds = { tlogThreshold: log, timestampThreshold: timestamp, ctlogThreshold: certificateLog };
  const verifier = new Verifier(trustMaterialOf(trustedRoot), thresholds);
  try {
    verifier.verify(entity);
  } catch (error) {
    const reason = (error as Error).message;
    throw new GreenticError(codeOf(error), `The evidence of ${identityId(identity)} does not verify: ${reason}.`, {
      cause: error,
    });
  }
}

/** Hostile certificates and timestamps make the library throw all sorts of errors: none of them may end the host. */
function codeOf(error: unknown): ErrorCode {
  const { code } = error instanceof VerificationError ? error : { code: '' };
  if (code === 'SIGNATURE_ERROR') return 'trust/signature-invalid';
  return /^(TLOG|TIMESTAMP)_/.test(code) ? 'trust/log-invalid' : 'trust/certificate-invalid';
}
