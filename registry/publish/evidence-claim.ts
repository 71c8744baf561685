import {
  type ArtifactName,
  type Digest,
  decode,
  EVIDENCE_MAX_BYTES,
  GreenticError,
  hexOf,
  parseJson,
  Statement,
} from '@greentic/core';
import * as z from 'zod';
import { readAttestation } from '../evidence/attestation.ts';

const Envelope = z.object({ dsseEnvelope: z.object({ payload: z.base64() }) });

/**
 * Throws `trust/statement-mismatch` unless evidence is about exactly this artifact, and `trust/envelope-invalid` when it is
 * malformed. Whether its signature holds and its signer is trusted is for each environment to say, not for a registry.
 */
export function assertAbout(evidence: string, { name, digest }: { name: ArtifactName; digest: Digest }): void {
  const code = 'trust/envelope-invalid';
  const envelope = decode(Envelope, parseJson(evidence, { maxBytes: EVIDENCE_MAX_BYTES, code }), code, 'The evidence');
  const payload = Buffer.from(envelope.dsseEnvelope.payload, 'base64');
  const statement = readAttestation(
    decode(Statement, parseJson(payload, { maxBytes: EVIDENCE_MAX_BYTES, code }), code, 'The signed statement'),
  );
  const covers = statement.subject.some((subject) => subject.name === name && subject.digest.sha256 === hexOf(digest));
  if (!covers)
    throw new GreenticError('trust/statement-mismatch', `The evidence is not about ${name} with digest ${digest}.`);
}
