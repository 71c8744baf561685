import { namespaceOf, publisherOf } from '@greentic/core';
import type { Attestation } from '../../evidence/attestation.ts';
import { PUBLISH_PREDICATE } from '../../evidence/publish-predicate.ts';
import type { AdmissionCase } from '../case.ts';
import { distinctSigners, quorum, type Rule } from './finding.ts';
import { isAbout } from './soundness.ts';

/** Enough distinct signers of the namespace's publisher signed name, version, slot and contract. */
export const publisherSigned: Rule = (facts, { statements }) => {
  const publisher = publisherOf(facts.trustRoot, namespaceOf(facts.artifact.name));
  const signers = distinctSigners(statements, publisher, (statement) => publishes(statement, facts));
  return quorum(
    signers,
    publisher.threshold,
    `signed by publishers of ${namespaceOf(facts.artifact.name)}`,
    'trust/threshold',
  );
};

/** Whether a statement says that these bytes are this name, version, slot and contract. */
export function publishes(statement: Attestation, { artifact, kind, contract }: AdmissionCase): boolean {
  if (statement.predicateType !== PUBLISH_PREDICATE || !isAbout(statement, artifact)) return false;
  const { predicate } = statement;
  return (
    predicate.name === artifact.name &&
    predicate.version === artifact.version &&
    predicate.kind === kind &&
    predicate.contract === contract
  );
}
