import { type ArtifactName, type Digest, digestOf, type ErrorCode, isGreenticError } from '@greentic/core';
import type { EvidenceKind } from '../admission/strength.ts';
import { APPROVAL_PREDICATE } from '../evidence/approval-predicate.ts';
import { type Attestation, readAttestation } from '../evidence/attestation.ts';
import { CONFORMANCE_PREDICATE } from '../evidence/conformance-predicate.ts';
import { openEnvelope, statementIn } from '../evidence/envelope.ts';
import { PROVENANCE_PREDICATE } from '../evidence/provenance-predicate.ts';
import { PUBLISH_PREDICATE } from '../evidence/publish-predicate.ts';
import { SBOM_PREDICATE } from '../evidence/sbom-predicate.ts';
import { type Believed, verifyEvidence } from '../evidence/verified-statement.ts';

/**
 * What became of looking at a signature: nobody was named to check it against; it holds; its signer is nobody who is believed;
 * it is broken.
 */
export type SignatureCheck = 'not checked' | 'holds' | 'stranger' | 'broken';

/** A piece of evidence, for people. */
export interface EvidenceCard {
  readonly kind: EvidenceKind;
  readonly predicate: string;
  /** A key’s id or an identity, as the evidence claims it; undefined for a certificate that was not checked. */
  readonly signer: string | undefined;
  /** What the statement is about. */
  readonly subject: { readonly name: ArtifactName; readonly digest: Digest };
  /** What it says, in a few words. */
  readonly says: string;
  readonly signature: SignatureCheck;
  /** Of a broken one: why. */
  readonly code?: ErrorCode;
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Describes a piece of evidence, and checks its signature when there is somebody to believe. Throws `trust/envelope-invalid` for
 * what no registry would take.
 */
export function describeEvidence(evidence: Uint8Array, believed?: Believed): EvidenceCard {
  const envelope = openEnvelope(evidence);
  const statement = readAttestation(statementIn(envelope));
  const [{ name, digest }] = statement.subject as [Attestation['subject'][number]];
  return {
    kind: KINDS[statement.predicateType],
    predicate: statement.predicateType,
    signer: envelope.keyId,
    ...check(evidence, believed),
    subject: { name, digest: `sha256:${digest.sha256}` as Digest },
    says: saidBy(statement),
    digest: digestOf(evidence),
    size: evidence.byteLength,
  };
}

const KINDS: Readonly<Record<Attestation['predicateType'], EvidenceKind>> = {
  [PUBLISH_PREDICATE]: 'publish',
  [CONFORMANCE_PREDICATE]: 'conformance',
  [PROVENANCE_PREDICATE]: 'provenance',
  [SBOM_PREDICATE]: 'sbom',
  [APPROVAL_PREDICATE]: 'approval',
};

function saidBy(statement: Attestation): string {
  switch (statement.predicateType) {
    case PUBLISH_PREDICATE:
      return `${statement.predicate.name}@${statement.predicate.version}`;
    case CONFORMANCE_PREDICATE:
      return statement.predicate.result === 'PASSED' ? 'conformant' : 'not conformant';
    case PROVENANCE_PREDICATE:
      return `built by ${statement.predicate.runDetails.builder.id}`;
    case SBOM_PREDICATE:
      return `${statement.predicate.components?.length ?? 0} packages`;
    case APPROVAL_PREDICATE:
      return statement.predicate.reason;
  }
}

type Checked = Pick<EvidenceCard, 'signature'> & Partial<Pick<EvidenceCard, 'signer' | 'code'>>;

function check(evidence: Uint8Array, believed: Believed | undefined): Checked {
  if (believed === undefined) return { signature: 'not checked' };
  try {
    return { signature: 'holds', signer: verifyEvidence(evidence, believed).signer };
  } catch (error) {
    if (!isGreenticError(error)) throw error;
    if (error.code === 'trust/threshold') return { signature: 'stranger' };
    return { signature: 'broken', code: error.code };
  }
}
