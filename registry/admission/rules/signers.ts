import { namespaceOf, type TrustRoot } from '@greentic/core';
import { APPROVAL_PREDICATE } from '../../evidence/approval-predicate.ts';
import type { Attestation } from '../../evidence/attestation.ts';
import { PROVENANCE_PREDICATE } from '../../evidence/provenance-predicate.ts';
import { SBOM_PREDICATE } from '../../evidence/sbom-predicate.ts';
import type { Signers } from '../../evidence/verified-statement.ts';
import type { AdmissionCase } from '../case.ts';
import type { EvidenceKind, Strength } from '../strength.ts';
import type { Testimony } from '../testimony.ts';
import { conforms } from './conformance.ts';
import { distinctSigners } from './finding.ts';
import { publishes } from './publisher.ts';
import { isAbout } from './soundness.ts';

type Counted = (facts: AdmissionCase, testimony: Testimony) => string[];

/** Distinct signers of the namespace’s publisher that made a statement of a kind about exactly these bytes. */
const ofPublisher =
  (counts: (statement: Attestation, facts: AdmissionCase) => boolean): Counted =>
  (facts, { statements }) =>
    distinctSigners(statements, publishersOf(facts), (statement) => counts(statement, facts));

/** Where a build comes from is about the build: the type says enough. */
function traces(statement: Attestation, { artifact }: AdmissionCase): boolean {
  return statement.predicateType === PROVENANCE_PREDICATE && isAbout(statement, artifact);
}

/** A list has to be of this artifact by its own words as well. */
function lists(statement: Attestation, { artifact }: AdmissionCase): boolean {
  if (statement.predicateType !== SBOM_PREDICATE || !isAbout(statement, artifact)) return false;
  const { name, version } = statement.predicate.metadata.component;
  return name === artifact.name && version === artifact.version;
}

function approves(statement: Attestation, { artifact }: AdmissionCase): boolean {
  if (statement.predicateType !== APPROVAL_PREDICATE || !isAbout(statement, artifact)) return false;
  const { name, version } = statement.predicate;
  return name === artifact.name && version === artifact.version;
}

/** The distinct trusted signers of each kind of evidence, by id. Whoever published does not approve as well. */
export const SIGNERS: Readonly<Record<EvidenceKind, Counted>> = {
  publish: ofPublisher(publishes),
  conformance: (facts, { statements }) =>
    distinctSigners(statements, facts.trustRoot.conformance, (statement) => conforms(statement, facts)),
  provenance: ofPublisher(traces),
  sbom: ofPublisher(lists),
  approval: (facts, testimony) => {
    const published = SIGNERS.publish(facts, testimony);
    return distinctSigners(testimony.statements, approversOf(facts.trustRoot), (statement) =>
      approves(statement, facts),
    ).filter((signer) => !published.includes(signer));
  },
};

/** How many distinct trusted signers each kind of evidence has. */
export function strengthOf(facts: AdmissionCase, testimony: Testimony): Strength {
  const count = (kind: EvidenceKind) => SIGNERS[kind](facts, testimony).length;
  return {
    publish: count('publish'),
    conformance: count('conformance'),
    provenance: count('provenance'),
    sbom: count('sbom'),
    approval: count('approval'),
  };
}

/** Who may approve in an environment. */
export function approversOf({ approvers }: TrustRoot): Signers & { threshold: number } {
  return approvers === undefined || approvers === 'none' ? { keys: [], threshold: 0 } : approvers;
}

function publishersOf({ artifact, trustRoot }: AdmissionCase): Signers {
  const namespace = namespaceOf(artifact.name);
  return trustRoot.publishers.find((publisher) => publisher.namespace === namespace) ?? { keys: [] };
}
