import { namespaceOf, type TrustedKey, type TrustRoot } from '@greentic/core';
import type { Attestation } from '../../evidence/attestation.ts';
import type { AdmissionCase } from '../case.ts';
import type { EvidenceKind, Strength } from '../strength.ts';
import type { Testimony } from '../testimony.ts';
import { conforms } from './conformance.ts';
import { distinctSigners } from './finding.ts';
import { publishes } from './publisher.ts';
import { isAbout } from './soundness.ts';

/** Types of the predicates that are counted for what they are; what they say is judged where they are read. */
const PREDICATES = {
  provenance: 'https://slsa.dev/provenance/v1',
  sbom: 'https://cyclonedx.org/bom',
  approval: 'https://greentic.dev/attestation/approval/v1',
} as const;

type Counted = (facts: AdmissionCase, testimony: Testimony) => string[];

/** Distinct keys of the namespace’s publisher that made a statement of a type about exactly these bytes. */
const ofPublisher =
  (counts: (statement: Attestation, facts: AdmissionCase) => boolean): Counted =>
  (facts, { statements }) =>
    distinctSigners(statements, publisherKeys(facts), (statement) => counts(statement, facts));

const ofType = (type: string) => (statement: Attestation, facts: AdmissionCase) =>
  (statement.predicateType as string) === type && isAbout(statement, facts.artifact);

/** The distinct trusted signers of each kind of evidence, by key id. Whoever published does not approve as well. */
export const SIGNERS: Readonly<Record<EvidenceKind, Counted>> = {
  publish: ofPublisher(publishes),
  conformance: (facts, { statements }) =>
    distinctSigners(statements, facts.trustRoot.conformance.keys, (statement) => conforms(statement, facts)),
  provenance: ofPublisher(ofType(PREDICATES.provenance)),
  sbom: ofPublisher(ofType(PREDICATES.sbom)),
  approval: (facts, testimony) => {
    const published = SIGNERS.publish(facts, testimony);
    const approves = ofType(PREDICATES.approval);
    return distinctSigners(testimony.statements, approversOf(facts.trustRoot).keys, (statement) =>
      approves(statement, facts),
    ).filter((keyId) => !published.includes(keyId));
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
export function approversOf({ approvers }: TrustRoot): { keys: readonly TrustedKey[]; threshold: number } {
  return approvers === undefined || approvers === 'none' ? { keys: [], threshold: 0 } : approvers;
}

function publisherKeys({ artifact, trustRoot }: AdmissionCase): readonly TrustedKey[] {
  const namespace = namespaceOf(artifact.name);
  return trustRoot.publishers.find((publisher) => publisher.namespace === namespace)?.keys ?? [];
}
