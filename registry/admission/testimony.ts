import { type GreenticError, isGreenticError } from '@greentic/core';
import { type Attestation, readAttestation } from '../evidence/attestation.ts';
import { type Believed, type VerifiedStatement, verifyEvidence } from '../evidence/verified-statement.ts';

/** A statement admission can read, and who of the trusted signed it. */
export interface SignedAttestation extends Pick<VerifiedStatement, 'signer' | 'entries'> {
  readonly statement: Attestation;
}

/** What the evidence of an artifact amounts to, once every signature was looked at. */
export interface Testimony {
  /** Statements whose signature holds, of those the environment trusts for something. */
  readonly statements: readonly SignedAttestation[];
  /** How many pieces were signed by those who mean nothing here: they count for nothing and against nothing. */
  readonly strangers: number;
  /** The first piece that is malformed, or bears the name of somebody trusted and does not verify. */
  readonly broken: GreenticError | undefined;
}

/** Verifies each piece of evidence against all who are trusted for anything. */
export function hear(evidence: readonly Uint8Array[], believed: Believed): Testimony {
  const statements: SignedAttestation[] = [];
  let strangers = 0;
  let broken: GreenticError | undefined;
  for (const bundle of evidence) {
    try {
      const { statement, ...signer } = verifyEvidence(bundle, believed);
      statements.push({ ...signer, statement: readAttestation(statement) });
    } catch (error) {
      if (!isGreenticError(error)) throw error;
      if (error.code === 'trust/threshold') strangers++;
      else broken ??= error;
    }
  }
  return { statements, strangers, broken };
}
