import { digestOf, type Policy, statementAbout, type TrustRoot } from '@greentic/core';
import type { AdmissionCase, IndexFacts } from '../admission/case.ts';
import { hear, type Testimony } from '../admission/testimony.ts';
import type { Attestation } from '../evidence/attestation.ts';
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

/** The type of a predicate that is counted for what it is. */
export const COUNTED = {
  provenance: 'https://slsa.dev/provenance/v1',
  sbom: 'https://cyclonedx.org/bom',
  approval: 'https://greentic.dev/attestation/approval/v1',
} as const;

/** The sound evidence of a case, and statements of counted types as if they had been read from it. */
export function testimonyOf(
  facts: AdmissionCase,
  said: readonly (readonly [type: keyof typeof COUNTED, by: Speaker])[] = [],
  about = facts.artifact.digest,
): Testimony {
  const keys = Object.values(KEYS).map(trusted);
  const { statements, ...rest } = hear(facts.evidence, keys);
  const more = said.map(([type, by]) => ({
    keyId: KEYS[by].keyId,
    statement: statementAbout(
      { name: facts.artifact.name, digest: about },
      COUNTED[type],
      {},
    ) as unknown as Attestation,
  }));
  return { statements: [...statements, ...more], ...rest };
}

/** Bytes nobody published. */
export const OTHER_DIGEST = digestOf('other bytes');
