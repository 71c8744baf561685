import { type ArtifactPin, canonicalize, digestOf, encodeTrustRoot, namespaceOf, type TrustRoot } from '@greentic/core';
import { type Believed, entryOf } from '../evidence/verified-statement.ts';
import type { AdmissionCase } from './case.ts';
import type { Decision } from './decision.ts';
import { RULE_CARDS, RULE_IDS, type RuleId } from './rule-card.ts';
import { approversOf, strengthOf } from './rules/signers.ts';
import { rule } from './rules.ts';
import { hear } from './testimony.ts';

/**
 * Decides whether an artifact may run in an environment. Every rule is looked at, also after one refused. Depends on nothing
 * but its argument.
 */
export function admit(facts: AdmissionCase): Decision {
  return decide(facts, RULE_IDS);
}

/** Decides as `admit` does about what a lock names: by all rules but those about the moment it was installed. */
export function readmit(facts: Omit<AdmissionCase, 'index' | 'offer' | 'former'>): Decision {
  return decide(
    facts,
    RULE_IDS.filter((id) => RULE_CARDS[id].again),
  );
}

function decide(facts: AdmissionCase, ids: readonly RuleId[]): Decision {
  const { artifact, evidence, trustRoot, now } = facts;
  const testimony = hear(evidence, believedFor(trustRoot, namespaceOf(artifact.name)));
  const rules = ids.map((id) => rule(id, facts, testimony));
  return {
    schema: 'greentic.decision/1',
    artifact: pinOf(artifact),
    trustRoot: { version: trustRoot.version, digest: encodeTrustRoot(trustRoot).digest },
    policy: digestOf(canonicalize(trustRoot.policy ?? {})),
    strength: strengthOf(facts, testimony),
    decidedAt: now.toISOString(),
    verdict: rules.every(({ verdict }) => verdict === 'pass') ? 'admitted' : 'refused',
    rules,
  };
}

/** Name, version and digest, without what else may travel with them. */
function pinOf({ name, version, digest }: ArtifactPin): ArtifactPin {
  return { name, version, digest };
}

/** Those whose word may matter for a namespace, each once. */
export function believedFor(trustRoot: TrustRoot, namespace: string): Believed {
  const publishers = trustRoot.publishers.filter((publisher) => publisher.namespace === namespace);
  const roles = [...publishers, trustRoot.conformance, approversOf(trustRoot)];
  const once = <T extends Parameters<typeof entryOf>[0]>(all: readonly T[]): T[] => [
    ...new Map(all.map((entry) => [entryOf(entry), entry])).values(),
  ];
  return {
    keys: once(roles.flatMap(({ keys }) => keys)),
    identities: once(roles.flatMap(({ identities }) => identities ?? [])),
    trustedRoots: trustRoot.trustedRoots,
  };
}
