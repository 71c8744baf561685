import { type GreenticError, isGreenticError, type TrustedKey } from '@greentic/core';
import { type Attestation, readAttestation } from '../evidence/attestation.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';

/** A statement admission can read, and the trusted key that signed it. */
export interface SignedAttestation {
  readonly keyId: string;
  readonly statement: Attestation;
}

/** What the evidence of an artifact amounts to, once every signature was looked at. */
export interface Testimony {
  /** Statements whose signature holds, of keys the environment trusts for something. */
  readonly statements: readonly SignedAttestation[];
  /** How many pieces were signed by keys that mean nothing here: they count for nothing and against nothing. */
  readonly strangers: number;
  /** The first piece that is malformed, or bears a trusted key's name and not its signature. */
  readonly broken: GreenticError | undefined;
}

/** Verifies each piece of evidence against all the keys trusted for anything. */
export function hear(evidence: readonly Uint8Array[], keys: readonly TrustedKey[]): Testimony {
  const statements: SignedAttestation[] = [];
  let strangers = 0;
  let broken: GreenticError | undefined;
  for (const bundle of evidence) {
    try {
      const { keyId, statement } = verifyEvidence(bundle, keys);
      statements.push({ keyId, statement: readAttestation(statement) });
    } catch (error) {
      if (!isGreenticError(error)) throw error;
      if (error.code === 'trust/threshold') strangers++;
      else broken ??= error;
    }
  }
  return { statements, strangers, broken };
}
