import { type ArtifactPin, digestOf, type Policy, statementAbout, type TrustRoot } from '@greentic/core';
import type { AdmissionCase, IndexFacts } from '../admission/case.ts';
import { hear, type Testimony } from '../admission/testimony.ts';
import { approvalStatement } from '../evidence/approval-predicate.ts';
import { readAttestation } from '../evidence/attestation.ts';
import { BUILD_TYPE, PROVENANCE_PREDICATE } from '../evidence/provenance-predicate.ts';
import { SBOM_PREDICATE } from '../evidence/sbom-predicate.ts';
import {
  daysLater,
  KEYS,
  kitEvidence,
  publishEvidence,
  samplePack,
  sampleTrustRoot,
  T0,
  trusted,
} from './sample-registry.ts';

const pack = samplePack();

/** Facts of an index that vouches for the sample pack. */
export function sampleIndex(changes: Partial<IndexFacts> = {}): IndexFacts {
  return {
    registry: 'main',
    root: 1,
    timestamp: 3,
    snapshot: 3,
    targets: 2,
    role: { name: 'acme', version: 1 },
    expires: daysLater(7).toISOString(),
    ...changes,
  };
}

/** What a sample case is changed by. */
export interface CaseChanges extends Partial<Omit<AdmissionCase, 'evidence'>> {
  readonly evidence?: readonly string[];
  readonly trust?: Partial<TrustRoot>;
  readonly policy?: Policy;
}

/** A case in which every rule passes, with some of it changed. */
export function sampleCase(changes: CaseChanges = {}): AdmissionCase {
  const { evidence = [publishEvidence(pack), kitEvidence(pack)], trust, policy, ...others } = changes;
  const asked = policy === undefined ? {} : { policy };
  return {
    artifact: { name: pack.name, version: pack.version, digest: pack.digest },
    kind: 'state',
    contract: 1,
    expectedKind: 'state',
    evidence: evidence.map((text) => Buffer.from(text)),
    trustRoot: sampleTrustRoot('/registry', {}, { ...asked, ...trust }),
    index: sampleIndex(),
    now: T0,
    ...others,
  };
}

/** Who may say what in the sample cases. */
export type Speaker = keyof typeof KEYS;

/** What is said of an artifact beside its publication and its conformance. */
export const SAYINGS = {
  provenance: ({ name, digest }: ArtifactPin) =>
    statementAbout({ name, digest }, PROVENANCE_PREDICATE, {
      buildDefinition: { buildType: BUILD_TYPE, externalParameters: {} },
      runDetails: { builder: { id: 'https://builder.example' } },
    }),
  sbom: ({ name, version, digest }: ArtifactPin) =>
    statementAbout({ name, digest }, SBOM_PREDICATE, {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      metadata: { component: { type: 'application', name, version } },
      components: [],
    }),
  approval: (pin: ArtifactPin) => approvalStatement({ ...pin, reason: 'We looked at it.' }),
} as const;

/** The sound evidence of a case, and further statements as if they had been read from it. */
export function testimonyOf(
  facts: AdmissionCase,
  said: readonly (readonly [what: keyof typeof SAYINGS, by: Speaker])[] = [],
  about = facts.artifact.digest,
): Testimony {
  const keys = Object.values(KEYS).map(trusted);
  const { statements, ...rest } = hear(facts.evidence, { keys });
  const more = said.map(([what, by]) => ({
    signer: KEYS[by].keyId,
    entries: [KEYS[by].keyId],
    statement: readAttestation(SAYINGS[what]({ ...facts.artifact, digest: about })),
  }));
  return { statements: [...statements, ...more], ...rest };
}

/** Bytes nobody published. */
export const OTHER_DIGEST = digestOf('other bytes');
