import { ArtifactName, decode, Statement } from '@greentic/core';
import * as z from 'zod';
import { APPROVAL_PREDICATE, ApprovalPredicate } from './approval-predicate.ts';
import { CONFORMANCE_PREDICATE, ConformancePredicate } from './conformance-predicate.ts';
import { PROVENANCE_PREDICATE, ProvenancePredicate } from './provenance-predicate.ts';
import { PUBLISH_PREDICATE, PublishPredicate } from './publish-predicate.ts';
import { SBOM_PREDICATE, SbomPredicate } from './sbom-predicate.ts';

const head = {
  _type: Statement.shape._type,
  subject: z.array(Statement.shape.subject.element.extend({ name: ArtifactName })).length(1),
};

/** Every kind of statement that admission reads. */
export const Attestation = z.discriminatedUnion('predicateType', [
  z.strictObject({ ...head, predicateType: z.literal(PUBLISH_PREDICATE), predicate: PublishPredicate }),
  z.strictObject({ ...head, predicateType: z.literal(CONFORMANCE_PREDICATE), predicate: ConformancePredicate }),
  z.strictObject({ ...head, predicateType: z.literal(PROVENANCE_PREDICATE), predicate: ProvenancePredicate }),
  z.strictObject({ ...head, predicateType: z.literal(SBOM_PREDICATE), predicate: SbomPredicate }),
  z.strictObject({ ...head, predicateType: z.literal(APPROVAL_PREDICATE), predicate: ApprovalPredicate }),
]);
export type Attestation = z.infer<typeof Attestation>;

/** What a publisher says of a version; reports and approvals are others’ to sign. */
export const PUBLISHER_PREDICATES: readonly Attestation['predicateType'][] = [
  PUBLISH_PREDICATE,
  PROVENANCE_PREDICATE,
  SBOM_PREDICATE,
];

/** Reads a statement about an artifact. Throws `trust/envelope-invalid`, also for a predicate nobody here knows. */
export function readAttestation(statement: Statement): Attestation {
  return decode(Attestation, statement, 'trust/envelope-invalid', 'The signed statement');
}
