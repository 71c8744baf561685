import { GreenticError, hexOf, type Statement } from '@greentic/core';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { APPROVAL_PREDICATE } from '../evidence/approval-predicate.ts';
import { type Attestation, readAttestation } from '../evidence/attestation.ts';
import { openEnvelope, statementIn } from '../evidence/envelope.ts';
import { PUBLISH_PREDICATE } from '../evidence/publish-predicate.ts';

type Claimed = Pick<BuiltArtifact, 'name' | 'version' | 'digest'>;

/**
 * Throws `trust/statement-mismatch` unless evidence is about exactly this artifact, and `trust/envelope-invalid` when it is
 * malformed. Whether its signature holds and its signer is trusted is for each environment to say, not for a registry.
 */
export function assertAbout(evidence: string, artifact: Claimed): void {
  assertStatementAbout(statementIn(openEnvelope(evidence)), artifact);
}

/** Gives a statement as it is read when it is about exactly this artifact. Throws as `assertAbout` does. */
export function assertStatementAbout(given: Statement, { name, version, digest }: Claimed): Attestation {
  const statement = readAttestation(given);
  const covers = statement.subject.some((subject) => subject.name === name && subject.digest.sha256 === hexOf(digest));
  if (!covers)
    throw new GreenticError('trust/statement-mismatch', `The evidence is not about ${name} with digest ${digest}.`);
  const named = namedBy(statement);
  if (named !== undefined && (named.name !== name || named.version !== version))
    throw new GreenticError(
      'trust/statement-mismatch',
      `The evidence names ${named.name}@${named.version}, not ${name}@${version}.`,
    );
  return statement;
}

/** The name and version that a statement names besides its subject; without them it would count nowhere. */
function namedBy({ predicateType, predicate }: Attestation): { name: string; version: string } | undefined {
  return predicateType === PUBLISH_PREDICATE || predicateType === APPROVAL_PREDICATE ? predicate : undefined;
}
