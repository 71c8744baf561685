import { ERRORS, isGreenticError } from '@greentic/core';
import type { AdmissionCase } from './case.ts';
import type { Ruling } from './decision.ts';
import type { RuleId } from './rule-card.ts';
import { clockIsPlausible, versionHasCooled, vouchingIsRecent } from './rules/age.ts';
import { approversApproved } from './rules/approval.ts';
import { packConforms } from './rules/conformance.ts';
import { evidenceIsComplete, evidenceIsNoWeaker, levelIsReached } from './rules/evidence.ts';
import type { Finding, Rule } from './rules/finding.ts';
import { contractIsSupported, slotMatches } from './rules/fit.ts';
import { indexIsFresh, trustRootIsFresh } from './rules/freshness.ts';
import { channelIsAllowed, namespaceIsAllowed } from './rules/origin.ts';
import { publisherSigned } from './rules/publisher.ts';
import { evidenceIsSound, subjectMatches } from './rules/soundness.ts';
import { nothingRevokes, versionIsOffered } from './rules/withdrawal.ts';
import type { Testimony } from './testimony.ts';

/** The rules of admission. */
export const RULES: Readonly<Record<RuleId, Rule>> = {
  'trust-root/fresh': trustRootIsFresh,
  'clock/plausible': clockIsPlausible,
  'index/fresh': indexIsFresh,
  'slot/matches': slotMatches,
  'contract/supported': contractIsSupported,
  'version/offered': versionIsOffered,
  'revocation/clear': nothingRevokes,
  'evidence/sound': evidenceIsSound,
  'statement/subject': subjectMatches,
  'publisher/threshold': publisherSigned,
  'conformance/report': packConforms,
  'approval/threshold': approversApproved,
  'policy/namespace': namespaceIsAllowed,
  'policy/channel': channelIsAllowed,
  'policy/level': levelIsReached,
  'policy/evidence': evidenceIsComplete,
  'policy/cool-down': versionHasCooled,
  'policy/index-age': vouchingIsRecent,
  'policy/downgrade': evidenceIsNoWeaker,
};

/** Lets a rule look; an error it throws is its refusal. */
export function rule(id: RuleId, facts: AdmissionCase, testimony: Testimony): Ruling {
  const { looked, code, wayOut } = look(RULES[id], facts, testimony);
  if (code === undefined) return { id, looked, verdict: 'pass' };
  return { id, looked, verdict: 'refuse', code, wayOut: wayOut ?? ERRORS[code].hint };
}

function look(find: Rule, facts: AdmissionCase, testimony: Testimony): Finding {
  try {
    return find(facts, testimony);
  } catch (error) {
    if (!isGreenticError(error)) throw error;
    return { looked: error.message, code: error.code, wayOut: error.hint };
  }
}
