import { type ErrorCode, LEVELS, type Policy } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CaseChanges,
  OTHER_DIGEST,
  type SAYINGS,
  type Speaker,
  sampleCase,
  sampleIndex,
  testimonyOf,
} from '../testing/sample-case.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  sampleBundle,
  samplePack,
  T0,
  trusted,
} from '../testing/sample-registry.ts';
import { admit, readmit } from './admission.ts';
import { RULE_IDS, type RuleId } from './rule-card.ts';
import { rule } from './rules.ts';
import { EVIDENCE_KINDS } from './strength.ts';

const pack = samplePack();
const bundle = sampleBundle();
const hoursAgo = (hours: number) => new Date(T0.getTime() - hours * 3_600_000).toISOString();
const minutesAhead = (minutes: number) => hoursAgo(-minutes / 60);
type Said = readonly (readonly [type: keyof typeof SAYINGS, by: Speaker])[];

function look(id: RuleId, changes: CaseChanges, said: Said = [], about?: typeof OTHER_DIGEST) {
  const facts = sampleCase(changes);
  return rule(id, facts, testimonyOf(facts, said, about));
}

const pass = (id: RuleId, changes: CaseChanges, said?: Said) =>
  expect(look(id, changes, said)).toMatchObject({ id, verdict: 'pass' });
const refuse = (id: RuleId, code: ErrorCode, changes: CaseChanges, said?: Said, about?: typeof OTHER_DIGEST) =>
  expect(look(id, changes, said, about)).toMatchObject({
    id,
    verdict: 'refuse',
    code,
    wayOut: expect.stringMatching(/\.$/),
  });

const approvers = { keys: [trusted(KEYS.stranger), trusted(KEYS.kitSecond), trusted(KEYS.acme)], threshold: 1 };
const bothPublishers = [
  { namespace: 'acme' as never, keys: [trusted(KEYS.acme), trusted(KEYS.acmeSecond)], threshold: 1 },
];
const asBundle = {
  artifact: { name: bundle.name, version: bundle.version, digest: bundle.digest },
  kind: 'bundle',
  expectedKind: 'bundle',
  contract: undefined,
  evidence: [publishEvidence(bundle)],
} as const;

test('without a policy, each policy rule passes and says that nothing is asked', () => {
  for (const id of RULE_IDS.filter((each) => /^(policy|approval)\//.test(each))) {
    expect(look(id, {})).toMatchObject({ verdict: 'pass', looked: expect.stringMatching(/^The (policy|namespace)/) });
  }
});

describe('policy/namespace', () => {
  test('a listed namespace passes; one that is not listed is refused, though it has publishers', () => {
    pass('policy/namespace', { policy: { namespaces: ['acme'] as never } });
    refuse('policy/namespace', 'policy/refused', { policy: { namespaces: ['acm', 'acme2'] as never } });
    refuse('policy/namespace', 'policy/refused', { policy: { namespaces: [] } });
  });

  test('without a list, a namespace needs publishers', () => {
    pass('policy/namespace', {});
    refuse('policy/namespace', 'policy/refused', { trust: { publishers: [] } });
  });
});

describe('policy/channel', () => {
  const policy = { channels: ['latest/stable', '2.x/stable'] };
  const named = (...channels: string[]) => ({ policy, index: sampleIndex({ channels }) });

  test('one allowed channel among those that name the version is enough', () => {
    pass('policy/channel', named('latest/edge', '2.x/stable'));
  });

  test.each([[[]], [['latest/edge']], [['latest/stable2']], [['stable']]])('%j is refused', (channels) => {
    refuse('policy/channel', 'policy/refused', named(...channels));
  });

  test('an index that tells no channels is refused, and so is none', () => {
    refuse('policy/channel', 'policy/refused', { policy });
    refuse('policy/channel', 'policy/refused', {
      policy: { channels: [] },
      index: sampleIndex({ channels: ['a/stable'] }),
    });
  });
});

describe('policy/level', () => {
  const profiles = (...names: string[]) => names.map((name) => ({ name, result: 'conformant' }));
  const reported = (list: unknown, key = KEYS.kit) => ({
    evidence: [publishEvidence(pack), kitEvidence(pack, key, { profiles: list })],
  });

  test.each([
    ['core', ['core']],
    ['extended', ['core', 'extended']],
    ['adversarial', ['core', 'extended', 'adversarial']],
  ] as const)('%s needs a conformant %j', (minimumLevel, names) => {
    pass('policy/level', { policy: { minimumLevel }, ...reported(profiles(...names)) });
    for (const missing of names) {
      const fewer = profiles(...names.filter((name) => name !== missing));
      refuse('policy/level', 'policy/refused', { policy: { minimumLevel }, ...reported(fewer) });
    }
  });

  test('a level with another result, or with two, is not reached', () => {
    const policy = { minimumLevel: 'core' } as const;
    for (const result of ['incomplete', 'failed', 'CONFORMANT']) {
      refuse('policy/level', 'policy/refused', { policy, ...reported([{ name: 'core', result }]) });
      refuse('policy/level', 'policy/refused', {
        policy,
        ...reported([...profiles('core'), { name: 'core', result }]),
      });
    }
  });

  test('a report without levels, and one of a key that is no lab’s, reach none', () => {
    const policy = { minimumLevel: 'core' } as const;
    refuse('policy/level', 'policy/refused', { policy });
    refuse('policy/level', 'policy/refused', { policy, ...reported(profiles('core'), KEYS.acme) });
  });

  test('as many labs as the trust root asks have to report the level', () => {
    const conformance = { keys: [trusted(KEYS.kit), trusted(KEYS.kitSecond)], threshold: 2 };
    const first = kitEvidence(pack, KEYS.kit, { profiles: profiles('core') });
    const facts = { policy: { minimumLevel: 'core' }, trust: { conformance } } as const;
    const second = (list: unknown) => kitEvidence(pack, KEYS.kitSecond, { profiles: list });
    pass('policy/level', { ...facts, evidence: [first, second(profiles('core'))] });
    refuse('policy/level', 'policy/refused', { ...facts, evidence: [first, second([])] });
  });

  test('a bundle has no level', () => {
    pass('policy/level', { policy: { minimumLevel: 'extended' }, ...asBundle });
  });
});

describe('policy/evidence', () => {
  test.each(['provenance', 'sbom'] as const)('%s is counted by distinct publisher', (kind) => {
    const policy = { requiredEvidence: { [kind]: 2 } };
    const facts = { policy, trust: { publishers: bothPublishers } };
    pass('policy/evidence', facts, [
      [kind, 'acme'],
      [kind, 'acmeSecond'],
    ]);
    for (const second of ['acme', 'kit', 'stranger'] as const) {
      refuse('policy/evidence', 'policy/refused', facts, [
        [kind, 'acme'],
        [kind, second],
      ]);
    }
  });

  test('one kind does not stand in for another, nor do other bytes', () => {
    const policy = { requiredEvidence: { sbom: 1 } };
    refuse('policy/evidence', 'policy/refused', { policy }, [['provenance', 'acme']]);
    refuse('policy/evidence', 'policy/refused', { policy }, [['sbom', 'acme']], OTHER_DIGEST);
  });

  test('publishers and labs may be asked for beyond the threshold of the trust root', () => {
    pass('policy/evidence', { policy: { requiredEvidence: { publish: 1, conformance: 1 } } });
    refuse('policy/evidence', 'policy/refused', { policy: { requiredEvidence: { publish: 2 } } });
    refuse('policy/evidence', 'policy/refused', { policy: { requiredEvidence: { conformance: 2 } } });
  });

  test('a bundle is not asked for conformance, and is for the rest', () => {
    pass('policy/evidence', { policy: { requiredEvidence: { conformance: 2 } }, ...asBundle });
    refuse('policy/evidence', 'policy/refused', { policy: { requiredEvidence: { sbom: 1 } }, ...asBundle });
  });
});

describe('approval/threshold', () => {
  const policy = { requiredEvidence: { approval: 2 } };
  const code = 'trust/approval-missing';

  test('distinct approvers are counted', () => {
    pass('approval/threshold', { policy, trust: { approvers } }, [
      ['approval', 'stranger'],
      ['approval', 'kitSecond'],
    ]);
    refuse('approval/threshold', code, { policy, trust: { approvers } }, [
      ['approval', 'stranger'],
      ['approval', 'stranger'],
    ]);
    refuse('approval/threshold', code, { policy, trust: { approvers } }, [
      ['approval', 'stranger'],
      ['approval', 'kit'],
    ]);
  });

  test('whoever signed the publication does not approve it as well', () => {
    refuse('approval/threshold', code, { policy, trust: { approvers } }, [
      ['approval', 'stranger'],
      ['approval', 'acme'],
    ]);
  });

  test('the threshold of the approvers counts when it is higher', () => {
    const facts = {
      policy: { requiredEvidence: { approval: 1 } },
      trust: { approvers: { ...approvers, threshold: 2 } },
    };
    refuse('approval/threshold', code, facts, [['approval', 'stranger']]);
  });

  test('where nobody may approve, what needs approval is refused', () => {
    refuse('approval/threshold', code, { policy }, [['approval', 'stranger']]);
    refuse('approval/threshold', code, { policy, trust: { approvers: 'none' } }, [['approval', 'stranger']]);
  });

  test('an approval of other bytes is none', () => {
    const one = { requiredEvidence: { approval: 1 } };
    pass('approval/threshold', { policy: one, trust: { approvers } }, [['approval', 'stranger']]);
    refuse('approval/threshold', code, { policy: one, trust: { approvers } }, [['approval', 'stranger']], OTHER_DIGEST);
  });
});

describe('policy/cool-down', () => {
  const aged = (publishedAt?: string) => ({
    policy: { coolDown: 24 },
    index: sampleIndex(publishedAt === undefined ? {} : { publishedAt }),
  });

  test('the hour decides', () => {
    pass('policy/cool-down', aged(hoursAgo(24)));
    refuse('policy/cool-down', 'policy/cool-down', aged(hoursAgo(23.999)));
  });

  test('a version without a date, and one from the future, are refused', () => {
    refuse('policy/cool-down', 'policy/cool-down', aged());
    refuse('policy/cool-down', 'policy/cool-down', aged(hoursAgo(-1)));
    refuse('policy/cool-down', 'policy/cool-down', { policy: { coolDown: 1 }, index: undefined as never });
  });
});

describe('clock/plausible', () => {
  test('a little ahead is a clock’s fault; more says to look at the clock', () => {
    for (const [minutes, check] of [
      [5, pass],
      [-60, pass],
    ] as const) {
      check('clock/plausible', { index: sampleIndex({ publishedAt: minutesAhead(minutes) }) });
      check('clock/plausible', { trust: { issued: minutesAhead(minutes) } });
    }
    refuse('clock/plausible', 'trust/clock-skew', { index: sampleIndex({ publishedAt: minutesAhead(5.1) }) });
    refuse('clock/plausible', 'trust/clock-skew', { trust: { issued: minutesAhead(5.1) } });
    expect(look('clock/plausible', { trust: { issued: minutesAhead(60) } })).toMatchObject({ wayOut: /clock/ });
  });
});

describe('policy/index-age', () => {
  const opened = (vouchedAt?: string) => {
    const { index: _, ...facts } = sampleCase({
      policy: { maxAge: 48 },
      ...(vouchedAt === undefined ? {} : { vouchedAt }),
    });
    return readmit(facts).rules.find(({ id }) => id === 'policy/index-age');
  };

  test('what is opened from a lock has to be vouched for recently', () => {
    expect(opened(hoursAgo(48))).toMatchObject({ verdict: 'pass' });
    expect(opened(hoursAgo(48.001))).toMatchObject({ verdict: 'refuse', code: 'policy/refused' });
    expect(opened()).toMatchObject({ verdict: 'refuse', code: 'policy/refused' });
  });

  test('at an install the index vouches for it now', () => {
    pass('policy/index-age', { policy: { maxAge: 1 } });
  });
});

describe('policy/downgrade', () => {
  const former = { publish: 1, conformance: 1, provenance: 1, sbom: 0, approval: 0 };
  const policy = { noDowngrade: true };

  test('fewer kinds or fewer signers than before wait, as many or more pass', () => {
    refuse('policy/downgrade', 'policy/downgrade', { policy, former });
    pass('policy/downgrade', { policy, former }, [['provenance', 'acme']]);
    pass('policy/downgrade', { policy, former }, [
      ['provenance', 'acme'],
      ['sbom', 'acme'],
    ]);
    refuse('policy/downgrade', 'policy/downgrade', { policy, former: { ...former, publish: 2 } }, [
      ['provenance', 'acme'],
    ]);
  });

  test('a stronger kind does not make up for a weaker one', () => {
    refuse('policy/downgrade', 'policy/downgrade', { policy, former }, [
      ['sbom', 'acme'],
      ['sbom', 'acmeSecond'],
    ]);
  });

  test('it is asked only where the policy says so, and only of a name that was here', () => {
    pass('policy/downgrade', { former });
    pass('policy/downgrade', { former, policy: { noDowngrade: false } });
    pass('policy/downgrade', { policy });
  });
});

describe('policies', () => {
  const number = fc.integer({ min: 1, max: 3 });
  const arbitraryPolicy = fc.record(
    {
      namespaces: fc.subarray(['acme', 'greentic']),
      channels: fc.subarray(['latest/stable', 'latest/edge']),
      minimumLevel: fc.constantFrom(...LEVELS),
      requiredEvidence: fc.record({ publish: number, conformance: number }, { requiredKeys: [] }),
      coolDown: fc.integer({ min: 1, max: 72 }),
      maxAge: fc.integer({ min: 1, max: 72 }),
      noDowngrade: fc.boolean(),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Policy>;
  const least = (a?: number, b?: number) => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b));
  const most = (a?: number, b?: number) => (a === undefined || b === undefined ? (a ?? b) : Math.max(a, b));
  const both = <T>(a?: readonly T[], b?: readonly T[]) =>
    a === undefined || b === undefined ? (a ?? b) : a.filter((each) => b.includes(each));

  /** A policy that asks whatever either of two asks. */
  function meet(a: Policy, b: Policy): Policy {
    const [first, second] = [a.requiredEvidence ?? {}, b.requiredEvidence ?? {}];
    const level = most(...[a, b].map(({ minimumLevel }) => (minimumLevel ? LEVELS.indexOf(minimumLevel) : undefined)));
    const joined = {
      namespaces: both(a.namespaces, b.namespaces),
      channels: both(a.channels, b.channels),
      minimumLevel: level === undefined ? undefined : LEVELS[level],
      requiredEvidence: Object.fromEntries(EVIDENCE_KINDS.map((kind) => [kind, most(first[kind], second[kind])])),
      coolDown: most(a.coolDown, b.coolDown),
      maxAge: least(a.maxAge, b.maxAge),
      noDowngrade: a.noDowngrade === true || b.noDowngrade === true,
    };
    return JSON.parse(JSON.stringify(joined)) as Policy;
  }

  const arbitraryCase = fc.record({
    channels: fc.subarray(['latest/stable', 'latest/edge']),
    age: fc.integer({ min: -1, max: 80 }),
    dated: fc.boolean(),
    levels: fc.subarray([...LEVELS]),
    second: fc.boolean(),
    former: fc.integer({ min: 0, max: 2 }),
  });
  type Facts = typeof arbitraryCase extends fc.Arbitrary<infer T> ? T : never;

  const signed = new Map<string, string>();
  const reportAt = (levels: readonly string[]) => {
    const key = levels.join();
    const profiles = levels.map((name) => ({ name, result: 'conformant' }));
    signed.set(key, signed.get(key) ?? kitEvidence(pack, KEYS.kit, { profiles }));
    return signed.get(key) ?? '';
  };
  const published = [publishEvidence(pack), publishEvidence(pack, KEYS.acmeSecond)];

  /** The rules that pass. */
  function passed(policy: Policy, facts: Facts, locked: boolean): RuleId[] {
    const full = sampleCase({
      policy,
      trust: { publishers: bothPublishers },
      evidence: [...published.slice(facts.second ? 0 : 1), reportAt(facts.levels)],
      index: sampleIndex({ channels: facts.channels, ...(facts.dated ? { publishedAt: hoursAgo(facts.age) } : {}) }),
      vouchedAt: hoursAgo(facts.age),
      former: { publish: facts.former, conformance: 0, provenance: 0, sbom: 0, approval: 0 },
    });
    const { index: _, ...rest } = full;
    const { rules } = locked ? readmit(rest) : admit(full);
    return rules.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
  }

  test('a stricter policy never admits more, rule by rule', () => {
    const refused = new Set<RuleId>();
    fc.assert(
      fc.property(arbitraryPolicy, arbitraryPolicy, arbitraryCase, fc.boolean(), (a, b, facts, locked) => {
        const strict = passed(meet(a, b), facts, locked);
        const [first, second] = [passed(a, facts, locked), passed(b, facts, locked)];
        expect(strict.filter((id) => !first.includes(id) || !second.includes(id))).toEqual([]);
        for (const id of first) if (!strict.includes(id)) refused.add(id);
      }),
      { numRuns: 150, seed: 7 },
    );
    // The comparison saw each rule refuse under the stricter policy what the other one admits.
    expect([...refused].toSorted()).toEqual(RULE_IDS.filter((id) => id.startsWith('policy/')).toSorted());
  });
});
