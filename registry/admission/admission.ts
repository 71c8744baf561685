import { type ArtifactPin, encodeTrustRoot, namespaceOf, type TrustedKey, type TrustRoot } from '@greentic/core';
import type { AdmissionCase } from './case.ts';
import { type Decision, RULE_IDS, type RuleId } from './decision.ts';
import { rule } from './rules.ts';
import { hear } from './testimony.ts';

/**
 * Decides whether an artifact may run in an environment. Every rule is looked at, also after one refused. Depends on nothing
 * but its argument.
 */
export function admit(facts: AdmissionCase): Decision {
  return decide(facts, RULE_IDS);
}

/** Rules about what the index says at the moment of an install; who has a version keeps it. */
const INSTALL_ONLY: readonly RuleId[] = ['index/fresh', 'version/offered'];

/** Decides as `admit` does about what a lock names: all rules but those that were about the index it came from. */
export function readmit(facts: Omit<AdmissionCase, 'index' | 'offer'>): Decision {
  return decide(
    facts,
    RULE_IDS.filter((id) => !INSTALL_ONLY.includes(id)),
  );
}

function decide(facts: AdmissionCase, ids: readonly RuleId[]): Decision {
  const { artifact, evidence, trustRoot, now } = facts;
  const testimony = hear(evidence, keysOf(trustRoot, namespaceOf(artifact.name)));
  const rules = ids.map((id) => rule(id, facts, testimony));
  return {
    schema: 'greentic.decision/1',
    artifact: pinOf(artifact),
    trustRoot: { version: trustRoot.version, digest: encodeTrustRoot(trustRoot).digest },
    decidedAt: now.toISOString(),
    verdict: rules.every(({ verdict }) => verdict === 'pass') ? 'admitted' : 'refused',
    rules,
  };
}

/** Name, version and digest, without what else may travel with them. */
function pinOf({ name, version, digest }: ArtifactPin): ArtifactPin {
  return { name, version, digest };
}

/** The keys whose word may matter for a namespace, each once. */
function keysOf(trustRoot: TrustRoot, namespace: string): TrustedKey[] {
  const publishers = trustRoot.publishers
    .filter((publisher) => publisher.namespace === namespace)
    .flatMap(({ keys }) => keys);
  return [...new Map([...publishers, ...trustRoot.conformance.keys].map((key) => [key.keyId, key])).values()];
}
