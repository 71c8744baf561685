import {
  digestOf,
  type ErrorCode,
  type Revocation,
  type RevocationOverride,
  signStatement,
  type TrustRoot,
} from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { conformanceStatement } from '../evidence/conformance-predicate.ts';
import {
  daysLater,
  KEYS,
  kitEvidence,
  publishEvidence,
  sampleBundle,
  samplePack,
  sampleTrustRoot,
  T0,
  trusted,
} from '../testing/sample-registry.ts';
import { admit, readmit } from './admission.ts';
import type { AdmissionCase } from './case.ts';
import { assertAdmitted, Decision, RULE_IDS, type RuleId } from './decision.ts';

const pack = samplePack();

/** A case in which every rule passes, with some of it changed. */
function caseWith(
  changes: Partial<Omit<AdmissionCase, 'evidence'>> & { evidence?: string[]; trust?: Partial<TrustRoot> } = {},
): AdmissionCase {
  const { evidence = [publishEvidence(pack), kitEvidence(pack)], trust, ...others } = changes;
  return {
    artifact: { name: pack.name, version: pack.version, digest: pack.digest },
    kind: 'state',
    contract: 1,
    expectedKind: 'state',
    evidence: evidence.map((text) => Buffer.from(text)),
    trustRoot: sampleTrustRoot('/registry', {}, trust),
    index: {
      registry: 'main',
      root: 1,
      timestamp: 3,
      snapshot: 3,
      targets: 2,
      role: { name: 'acme', version: 1 },
      expires: daysLater(7).toISOString(),
    },
    now: T0,
    ...others,
  };
}

const twoPublishers = {
  publishers: [{ namespace: 'acme', keys: [trusted(KEYS.acme), trusted(KEYS.acmeSecond)], threshold: 2 }],
};
const twoLabs = { conformance: { keys: [trusted(KEYS.kit), trusted(KEYS.kitSecond)], threshold: 2 } };
const other = samplePack('2.0.0');

const withdrawn: Revocation = {
  name: pack.name,
  version: pack.version,
  digest: pack.digest,
  severity: 'critical',
  reason: 'It sends secrets away.',
  since: T0.toISOString(),
  successor: { name: other.name, version: other.version },
};
const override: RevocationOverride = {
  digest: pack.digest,
  reason: 'The fix needs a day of tests.',
  by: 'ada',
  until: daysLater(1).toISOString(),
};

/** A report that names the right pack in every place but one. */
const report = (changes: Record<string, unknown>) =>
  kitEvidence(pack, KEYS.kit, {
    pack: { name: pack.name, version: pack.version, digest: pack.digest, slot: 'state', contract: 1, ...changes },
  });

const failedReport = signStatement(
  conformanceStatement({
    name: pack.name,
    digest: pack.digest,
    passed: false,
    report: {},
    passedTests: [],
    failedTests: ['STA-01'],
  }),
  KEYS.kit.secretKey,
);

/** One row for every way a rule refuses. */
const REFUSALS: [what: string, rule: RuleId, code: ErrorCode, facts: AdmissionCase][] = [
  ['an expired trust root', 'trust-root/fresh', 'trust/root-expired', caseWith({ now: daysLater(3650) })],
  ['an expired index', 'index/fresh', 'index/expired', caseWith({ now: daysLater(7) })],
  ['a pack for another slot', 'slot/matches', 'pack/slot-mismatch', caseWith({ expectedKind: 'secrets' })],
  ['a contract of another version', 'contract/supported', 'pack/contract-unsupported', caseWith({ contract: 2 })],
  [
    'a contract that is not named',
    'contract/supported',
    'pack/contract-unsupported',
    caseWith({ contract: undefined }),
  ],
  [
    'a version its publisher took back',
    'version/offered',
    'pack/yanked',
    caseWith({ offer: { yanked: { at: T0.toISOString(), reason: 'Loses writes.' } } }),
  ],
  ['bytes a registry withdrew', 'revocation/clear', 'pack/revoked', caseWith({ revocations: [withdrawn] })],
  [
    'bytes a registry withdrew, once the override has run out',
    'revocation/clear',
    'pack/revoked',
    caseWith({ revocations: [withdrawn], overrides: [{ ...override, until: T0.toISOString() }] }),
  ],
  [
    'bytes a registry withdrew, with an override for others',
    'revocation/clear',
    'pack/revoked',
    caseWith({ revocations: [withdrawn], overrides: [{ ...override, digest: other.digest }] }),
  ],
  ['malformed evidence', 'evidence/sound', 'trust/envelope-invalid', caseWith({ evidence: ['{}'] })],
  [
    'a trusted key’s statement about other bytes',
    'statement/subject',
    'trust/statement-mismatch',
    caseWith({ evidence: [publishEvidence(pack), kitEvidence(pack), publishEvidence(other)] }),
  ],
  ['no publisher’s signature', 'publisher/threshold', 'trust/threshold', caseWith({ evidence: [kitEvidence(pack)] })],
  [
    'a publisher nobody trusts',
    'publisher/threshold',
    'trust/threshold',
    caseWith({ evidence: [publishEvidence(pack, KEYS.stranger), kitEvidence(pack)] }),
  ],
  [
    'a namespace nobody trusts',
    'publisher/threshold',
    'trust/namespace-unknown',
    caseWith({ trust: { publishers: [] } }),
  ],
  [
    'one of two publishers',
    'publisher/threshold',
    'trust/threshold',
    caseWith({ trust: twoPublishers, evidence: [publishEvidence(pack), kitEvidence(pack)] }),
  ],
  [
    'the same publisher twice where two are needed',
    'publisher/threshold',
    'trust/threshold',
    caseWith({
      trust: twoPublishers,
      evidence: [publishEvidence(pack), `${publishEvidence(pack)} `, kitEvidence(pack)],
    }),
  ],
  [
    'the kit’s signature in the publisher’s place',
    'publisher/threshold',
    'trust/threshold',
    caseWith({ evidence: [publishEvidence(pack, KEYS.kit), kitEvidence(pack)] }),
  ],
  [
    'the publisher’s signature on the conformance report',
    'conformance/report',
    'trust/conformance-missing',
    caseWith({ evidence: [publishEvidence(pack), kitEvidence(pack, KEYS.acme)] }),
  ],
  [
    'no conformance report',
    'conformance/report',
    'trust/conformance-missing',
    caseWith({ evidence: [publishEvidence(pack)] }),
  ],
  [
    'the same lab twice where two are needed',
    'conformance/report',
    'trust/conformance-missing',
    caseWith({ trust: twoLabs, evidence: [publishEvidence(pack), kitEvidence(pack), `${kitEvidence(pack)} `] }),
  ],
  [
    'a failed run',
    'conformance/report',
    'trust/conformance-failed',
    caseWith({ evidence: [publishEvidence(pack), failedReport] }),
  ],
  ...(['version', 'name', 'kind', 'contract'] as const).map((field): (typeof REFUSALS)[number] => [
    `a publisher’s statement with another ${field}`,
    'publisher/threshold',
    'trust/threshold',
    caseWith({
      evidence: [
        publishEvidence(pack, KEYS.acme, {
          [field]: { version: '9.9.9', name: 'acme.state.other', kind: 'secrets', contract: 2 }[field],
        }),
        kitEvidence(pack),
      ],
    }),
  ]),
  ...(
    [
      ['result', kitEvidence(pack, KEYS.kit, { result: 'incomplete' })],
      ['schema', kitEvidence(pack, KEYS.kit, { schema: 'greentic.conformance-report/2' })],
      ['slot', report({ slot: 'secrets' })],
      ['contract', report({ contract: 2 })],
      ['version', report({ version: '9.9.9' })],
      ['name', report({ name: 'acme.state.other' })],
      ['digest', report({ digest: other.digest })],
    ] as const
  ).map(([field, evidence]): (typeof REFUSALS)[number] => [
    `a signed report with another ${field}`,
    'conformance/report',
    'trust/conformance-failed',
    caseWith({ evidence: [publishEvidence(pack), evidence] }),
  ]),
];

describe('admission', () => {
  test('passes every rule, and says of each what it looked at', () => {
    const decision = admit(caseWith());
    expect(decision.verdict).toBe('admitted');
    expect(decision.rules.map(({ id }) => id)).toEqual([...RULE_IDS]);
    for (const { looked } of decision.rules) expect(looked).toMatch(/^[A-Z0-9a-z].{10,}\.$/);
    expect(() => assertAdmitted(decision)).not.toThrow();
    expect(Decision.parse(JSON.parse(JSON.stringify(decision)))).toEqual(decision);
  });

  test('two publishers and two labs are counted by key', () => {
    const evidence = [
      publishEvidence(pack),
      publishEvidence(pack, KEYS.acmeSecond),
      kitEvidence(pack),
      kitEvidence(pack, KEYS.kitSecond),
    ];
    expect(admit(caseWith({ trust: { ...twoPublishers, ...twoLabs }, evidence })).verdict).toBe('admitted');
  });

  test.each(REFUSALS)('refuses %s by %s with %s', (_, id, code, facts) => {
    const decision = admit(facts);
    expect(decision.verdict).toBe('refused');
    expect(decision.rules.find((rule) => rule.id === id)).toMatchObject({
      verdict: 'refuse',
      code,
      wayOut: expect.stringMatching(/./),
    });
  });

  test('names what went wrong in a name the publisher did not sign: both rules refuse', () => {
    const decision = admit(
      caseWith({ evidence: [publishEvidence(pack, KEYS.acme, { name: 'acme.state.other' }), kitEvidence(pack)] }),
    );
    const refused = decision.rules.filter(({ verdict }) => verdict === 'refuse').map(({ id }) => id);
    expect(refused).toEqual(['statement/subject', 'publisher/threshold']);
  });

  test('every rule is looked at, also after one refused', () => {
    const decision = admit(caseWith({ now: daysLater(3650), expectedKind: 'secrets', contract: 2, evidence: [] }));
    expect(decision.rules).toHaveLength(RULE_IDS.length);
    expect(decision.rules.filter(({ verdict }) => verdict === 'refuse').map(({ id }) => id)).toEqual([
      'trust-root/fresh',
      'index/fresh',
      'slot/matches',
      'contract/supported',
      'publisher/threshold',
      'conformance/report',
    ]);
  });

  test('a refusal carries the first code, the way out and the whole decision', () => {
    const decision = admit(caseWith({ evidence: [] }));
    expect(() => assertAdmitted(decision)).toThrow(
      expect.objectContaining({ code: 'trust/threshold', details: { rule: 'publisher/threshold', decision } }),
    );
  });

  test('a bundle needs its publisher only', () => {
    const bundle = sampleBundle();
    const facts = caseWith({
      artifact: { name: bundle.name, version: bundle.version, digest: bundle.digest },
      kind: 'bundle',
      contract: undefined,
      expectedKind: 'bundle',
      evidence: [publishEvidence(bundle)],
    });
    expect(admit(facts).verdict).toBe('admitted');
    expect(admit({ ...facts, evidence: [] }).verdict).toBe('refused');
  });

  test('the same facts give the same decision', () => {
    expect(admit(caseWith())).toEqual(admit(caseWith()));
  });

  test('without an index nothing is admitted, unless it is opened from a lock', () => {
    const { index: _, ...locked } = caseWith();
    expect(admit(locked).rules.find(({ id }) => id === 'index/fresh')).toMatchObject({
      verdict: 'refuse',
      code: 'index/invalid',
    });
    const decision = readmit(locked);
    expect(decision.verdict).toBe('admitted');
    expect(decision.rules.map(({ id }) => id)).toEqual(
      RULE_IDS.filter((id) => id !== 'index/fresh' && id !== 'version/offered'),
    );
  });

  test('an override lets withdrawn bytes pass until it ends, and the decision says who overrode what and why', () => {
    const decision = admit(caseWith({ revocations: [withdrawn], overrides: [override] }));
    expect(decision.verdict).toBe('admitted');
    const ruling = decision.rules.find(({ id }) => id === 'revocation/clear');
    for (const part of ['ada', override.until, override.reason, withdrawn.reason])
      expect(ruling?.looked).toContain(part);
  });

  test('the way out of a revocation names its successor', () => {
    const ruling = admit(caseWith({ revocations: [withdrawn] })).rules.find(({ id }) => id === 'revocation/clear');
    expect(ruling).toMatchObject({ wayOut: expect.stringContaining(`${other.name}@${other.version}`) });
  });

  test('revocations of other bytes change nothing, also of the same name and version', () => {
    const elsewhere = { ...withdrawn, digest: other.digest };
    expect(admit(caseWith({ revocations: [elsewhere] })).verdict).toBe('admitted');
  });

  test('a report whose content is not the one its digest names is refused', () => {
    const statement = conformanceStatement({
      name: pack.name,
      digest: pack.digest,
      passed: true,
      report: {},
      passedTests: [],
      failedTests: [],
    });
    const [configuration] = statement.predicate['configuration'] as object[];
    Object.assign(configuration ?? {}, { digest: { sha256: digestOf('other').slice(7) } });
    const decision = admit(
      caseWith({ evidence: [publishEvidence(pack), signStatement(statement, KEYS.kit.secretKey)] }),
    );
    expect(decision.rules.find(({ id }) => id === 'conformance/report')).toMatchObject({
      code: 'trust/conformance-failed',
    });
  });
});
