import type { ErrorCode } from '@greentic/core';

/** What there is to say about a rule without letting it look. */
export interface RuleCard {
  /** What has to be true, as one sentence. */
  readonly asks: string;
  /** Where the facts come from. */
  readonly from: string;
  /** Codes it refuses with. */
  readonly codes: readonly ErrorCode[];
  /** Whether it is looked at again each time a locked artifact is opened; the others are about the moment of an install. */
  readonly again: boolean;
}

/** Every rule of admission, in the order they are looked at. */
export const RULE_CARDS = {
  'trust-root/fresh': {
    asks: 'The environment’s trust root has not expired.',
    from: 'the trust root, the clock',
    codes: ['trust/root-expired'],
    again: true,
  },
  'clock/plausible': {
    asks: 'Neither the trust root nor the version is dated more than five minutes after this machine’s clock.',
    from: 'the trust root, the index, the clock',
    codes: ['trust/clock-skew'],
    again: true,
  },
  'index/fresh': {
    asks: 'A signed index vouches for this version, and has not expired.',
    from: 'the index, the clock',
    codes: ['index/invalid', 'index/expired'],
    again: false,
  },
  'slot/matches': {
    asks: 'The artifact is made for the slot that is to be filled.',
    from: 'the index, the operator’s order',
    codes: ['pack/slot-mismatch'],
    again: true,
  },
  'contract/supported': {
    asks: 'It implements the version of the contract that this host speaks.',
    from: 'the index, the host',
    codes: ['pack/contract-unsupported'],
    again: true,
  },
  'version/offered': {
    asks: 'Its publisher has not taken the version back.',
    from: 'the index',
    codes: ['pack/yanked'],
    again: false,
  },
  'revocation/clear': {
    asks: 'No registry withdrew these bytes, or the operator overrides that for a while.',
    from: 'the revocations known here, the operator’s overrides, the clock',
    codes: ['pack/revoked'],
    again: true,
  },
  'evidence/sound': {
    asks: 'Every signature of a trusted key holds; one that is broken refuses. Those of unknown keys count for nothing.',
    from: 'the evidence',
    codes: ['trust/envelope-invalid', 'trust/signature-invalid'],
    again: true,
  },
  'statement/subject': {
    asks: 'Every trusted statement is about exactly these bytes and this name.',
    from: 'the evidence',
    codes: ['trust/statement-mismatch'],
    again: true,
  },
  'publisher/threshold': {
    asks: 'Enough distinct keys of the namespace’s publisher signed name, version, slot and contract.',
    from: 'the evidence, the trust root',
    codes: ['trust/threshold', 'trust/namespace-unknown'],
    again: true,
  },
  'conformance/report': {
    asks: 'Enough distinct lab keys signed a report that says these bytes are conformant, and none says they are not. Not asked of bundles.',
    from: 'the evidence, the trust root',
    codes: ['trust/conformance-missing', 'trust/conformance-failed'],
    again: true,
  },
  'approval/threshold': {
    asks: 'As many distinct approvers as the policy asks approved these bytes; no key that published them counts.',
    from: 'the evidence, the trust root, its policy',
    codes: ['trust/approval-missing'],
    again: true,
  },
  'policy/namespace': {
    asks: 'The namespace is one the policy allows; without such a list, one that has publishers.',
    from: 'the trust root, its policy',
    codes: ['policy/refused'],
    again: true,
  },
  'policy/channel': {
    asks: 'A channel that the policy allows names the version.',
    from: 'the index, the policy',
    codes: ['policy/refused'],
    again: false,
  },
  'policy/level': {
    asks: 'Enough lab keys signed a report that is conformant at the level the policy asks and all before it. Not asked of bundles.',
    from: 'the evidence, the trust root, its policy',
    codes: ['policy/refused'],
    again: true,
  },
  'policy/evidence': {
    asks: 'There is every kind of evidence the policy asks for, each from as many distinct signers.',
    from: 'the evidence, the trust root, its policy',
    codes: ['policy/refused'],
    again: true,
  },
  'policy/cool-down': {
    asks: 'The version was published at least as long ago as the policy asks, as its publisher’s signed entry in the index dates it.',
    from: 'the index, the policy, the clock',
    codes: ['policy/cool-down'],
    again: false,
  },
  'policy/index-age': {
    asks: 'Its registry vouched for the version no longer ago than the policy asks.',
    from: 'the lock, the policy, the clock',
    codes: ['policy/refused'],
    again: true,
  },
  'policy/downgrade': {
    asks: 'The evidence is of no fewer kinds and signers than that of what the environment had before under this name.',
    from: 'the evidence, the lock, the policy',
    codes: ['policy/downgrade'],
    again: false,
  },
} as const satisfies Record<string, RuleCard>;

/** Id of a rule. */
export type RuleId = keyof typeof RULE_CARDS;

/** Every rule of admission, in the order they are looked at. */
export const RULE_IDS = Object.keys(RULE_CARDS) as readonly RuleId[];
