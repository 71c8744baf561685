import { LEVELS } from '@greentic/core';
import { shortfall } from '../strength.ts';
import { levelsOf } from './conformance.ts';
import { distinctSigners, quorum, type Rule } from './finding.ts';
import { strengthOf } from './signers.ts';

/** Enough labs signed a report that is conformant at the level the policy asks, and at all before it. */
export const levelIsReached: Rule = (facts, { statements }) => {
  const { policy, conformance } = facts.trustRoot;
  const asked = policy?.minimumLevel;
  if (asked === undefined) return { looked: 'The policy asks for no level of conformance.' };
  if (facts.kind === 'bundle') return { looked: 'A bundle fills no slot, so it has no level.' };
  const needed = LEVELS.slice(0, LEVELS.indexOf(asked) + 1);
  const signers = distinctSigners(statements, conformance, (statement) => {
    const reached = levelsOf(statement, facts);
    return needed.every((level) => reached.includes(level));
  });
  return quorum(signers, conformance.threshold, `reported conformant at ${needed.join(' and ')}`, 'policy/refused');
};

/** There is every kind of evidence the policy asks for, each from enough distinct signers. Approvals have a rule of their own. */
export const evidenceIsComplete: Rule = (facts, testimony) => {
  const { approval: _, ...asked } = facts.trustRoot.policy?.requiredEvidence ?? {};
  if (facts.kind === 'bundle') delete asked.conformance;
  if (Object.keys(asked).length === 0) return { looked: 'The policy asks for no further evidence.' };
  const strength = strengthOf(facts, testimony);
  const missing = shortfall(strength, asked);
  const found = Object.entries(asked).map(
    ([kind, least]) => `${kind} ${strength[kind as keyof typeof asked]} of ${least}`,
  );
  const looked = `Distinct trusted signers: ${found.join(', ')}.`;
  if (missing.length === 0) return { looked };
  const kinds = missing.map(({ kind }) => kind).join(', ');
  return { looked, code: 'policy/refused', wayOut: `Have its publisher add the missing evidence (${kinds}).` };
};

/** The evidence is of no fewer kinds and signers than what the environment had before under this name. */
export const evidenceIsNoWeaker: Rule = (facts, testimony) => {
  const { former, trustRoot, artifact } = facts;
  if (trustRoot.policy?.noDowngrade !== true) return { looked: 'The policy does not compare with earlier evidence.' };
  if (former === undefined) return { looked: `The lock has nothing under the name ${artifact.name} to compare with.` };
  const weaker = shortfall(strengthOf(facts, testimony), former);
  if (weaker.length === 0) return { looked: `The evidence is as strong as that of ${artifact.name} before.` };
  const list = weaker.map(({ kind, actual, wanted }) => `${kind} ${actual}, before ${wanted}`).join('; ');
  return { looked: `There are fewer distinct trusted signers than before: ${list}.`, code: 'policy/downgrade' };
};
