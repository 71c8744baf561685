import type { ErrorCode, TrustedKey } from '@greentic/core';
import type { Attestation } from '../../evidence/attestation.ts';
import type { AdmissionCase } from '../case.ts';
import type { Testimony } from '../testimony.ts';

/** What a rule found: a sentence, and the code when it refuses. */
export interface Finding {
  readonly looked: string;
  readonly code?: ErrorCode;
  readonly wayOut?: string;
}

/** Looks at one thing, and says what it saw either way. */
export type Rule = (facts: AdmissionCase, testimony: Testimony) => Finding;

/** Counts keys, never signatures: one key that signs twice is one signer. */
export function distinctSigners(
  statements: Testimony['statements'],
  keys: readonly TrustedKey[],
  counts: (statement: Attestation) => boolean,
): string[] {
  const signed = new Set(statements.filter(({ statement }) => counts(statement)).map(({ keyId }) => keyId));
  return keys.map(({ keyId }) => keyId).filter((keyId) => signed.has(keyId));
}

/** Holds the signers found against the threshold; too few are refused with the code. */
export function quorum(signers: readonly string[], threshold: number, deed: string, code: ErrorCode): Finding {
  const looked = `${signers.length} of ${threshold} needed: ${deed} with ${signers.length === 0 ? 'no trusted key' : signers.join(', ')}.`;
  return signers.length >= threshold ? { looked } : { looked, code };
}
