import { type ErrorCode, identityId } from '@greentic/core';
import type { Attestation } from '../../evidence/attestation.ts';
import { entryOf, type Signers } from '../../evidence/verified-statement.ts';
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

/** Counts keys and identities, never signatures: who signs twice is one signer. */
export function distinctSigners(
  statements: Testimony['statements'],
  { keys, identities = [] }: Signers,
  counts: (statement: Attestation) => boolean,
): string[] {
  const signed = new Set(statements.filter(({ statement }) => counts(statement)).flatMap(({ entries }) => entries));
  const has = (entry: Parameters<typeof entryOf>[0]) => signed.has(entryOf(entry));
  return [...keys.filter(has).map(({ keyId }) => keyId), ...identities.filter(has).map(identityId)];
}

/** Holds the signers found against the threshold; too few are refused with the code. */
export function quorum(signers: readonly string[], threshold: number, deed: string, code: ErrorCode): Finding {
  const looked = `${signers.length} of ${threshold} needed: ${deed} with ${signers.length === 0 ? 'nobody trusted' : signers.join(', ')}.`;
  return signers.length >= threshold ? { looked } : { looked, code };
}
