import { digestOf, type ErrorCode, type Revocation, type RevocationOverride, signStatement } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { conformanceStatement } from '../evidence/conformance-predicate.ts';
import { sampleCase } from '../testing/sample-case.ts';
import {
  daysLater,
  KEYS,
  kitEvidence,
  publishEvidence,
  sampleBundle,
  samplePack,
  T0,
  trusted,
} from '../testing/sample-registry.ts';
import { admit, readmit } from './admission.ts';
import type { AdmissionCase } from './case.ts';
import { assertAdmitted, Decision } from './decision.ts';
import { RULE_CARDS, RULE_IDS, type RuleId } from './rule-card.ts';

const pack = samplePack();

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
  ['an expired trust root', 'trust-root/fresh', 'trust/root-expired', sampleCase({ now: daysLater(3650) })],
  ['an expired index', 'index/fresh', 'index/expired', sampleCase({ now: daysLater(7) })],
  ['a pack for another slot', 'slot/matches', 'pack/slot-mismatch', sampleCase({ expectedKind: 'secrets' })],
  ['a contract of another version', 'contract/supported', 'pack/contract-unsupported', sampleCase({ contract: 2 })],
  [
    'a contract that is not named',
    'contract/supported',
    'pack/contract-unsupported',
    sampleCase({ contract: undefined }),
  ],
  [
    'a version its publisher took back',
    'version/offered',
    'pack/yanked',
    sampleCase({ offer: { yanked: { at: T0.toISOString(), reason: 'Loses writes.' } } }),
  ],
  ['bytes a registry withdrew', 'revocation/clear', 'pack/revoked', sampleCase({ revocations: [withdrawn] })],
  [
    'bytes a registry withdrew, once the override has run out',
    'revocation/clear',
    'pack/revoked',
    sampleCase({ revocations: [withdrawn], overrides: [{ ...override, until: T0.toISOString() }] }),
  ],
  [
    'bytes a registry withdrew, with an override for others',
    'revocation/clear',
    'pack/revoked',
    sampleCase({ revocations: [withdrawn], overrides: [{ ...override, digest: other.digest }] }),
  ],
  ['malformed evidence', 'evidence/sound', 'trust/envelope-invalid', sampleCase({ evidence: ['{}'] })],
  [
    'a trusted key’s statement about other bytes',
    'statement/subject',
    'trust/statement-mismatch',
    sampleCase({ evidence: [publishEvidence(pack), kitEvidence(pack), publishEvidence(other)] }),
  ],
  ['no publisher’s signature', 'publisher/threshold', 'trust/threshold', sampleCase({ evidence: [kitEvidence(pack)] })],
  [
    'a publisher nobody trusts',
    'publisher/threshold',
    'trust/threshold',
    sampleCase({ evidence: [publishEvidence(pack, KEYS.stranger), kitEvidence(pack)] }),
  ],
  [
    'a namespace nobody trusts',
    'publisher/threshold',
    'trust/namespace-unknown',
    sampleCase({ trust: { publishers: [] } }),
  ],
  [
    'one of two publishers',
    'publisher/threshold',
    'trust/threshold',
    sampleCase({ trust: twoPublishers, evidence: [publishEvidence(pack), kitEvidence(pack)] }),
  ],
  [
    'the same publisher twice where two are needed',
    'publisher/threshold',
    'trust/threshold',
    sampleCase({
      trust: twoPublishers,
      evidence: [publishEvidence(pack), `${publishEvidence(pack)} `, kitEvidence(pack)],
    }),
  ],
  [
    'the kit’s signature in the publisher’s place',
    'publisher/threshold',
    'trust/threshold',
    sampleCase({ evidence: [publishEvidence(pack, KEYS.kit), kitEvidence(pack)] }),
  ],
  [
    'the publisher’s signature on the conformance report',
    'conformance/report',
    'trust/conformance-missing',
    sampleCase({ evidence: [publishEvidence(pack), kitEvidence(pack, KEYS.acme)] }),
  ],
  [
    'no conformance report',
    'conformance/report',
    'trust/conformance-missing',
    sampleCase({ evidence: [publishEvidence(pack)] }),
  ],
  [
    'the same lab twice where two are needed',
    'conformance/report',
    'trust/conformance-missing',
    sampleCase({ trust: twoLabs, evidence: [publishEvidence(pack), kitEvidence(pack), `${kitEvidence(pack)} `] }),
  ],
  [
    'a failed run',
    'conformance/report',
    'trust/conformance-failed',
    sampleCase({ evidence: [publishEvidence(pack), failedReport] }),
  ],
  ...(['version', 'name', 'kind', 'contract'] as const).map((field): (typeof REFUSALS)[number] => [
    `a publisher’s statement with another ${field}`,
    'publisher/threshold',
    'trust/threshold',
    sampleCase({
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
    sampleCase({ evidence: [publishEvidence(pack), evidence] }),
  ]),
];

describe('admission', () => {
  test('passes every rule, and says of each what it looked at', () => {
    const decision = admit(sampleCase());
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
    expect(admit(sampleCase({ trust: { ...twoPublishers, ...twoLabs }, evidence })).verdict).toBe('admitted');
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

  test('statement/subject and publisher/threshold both refuse a name the publisher did not sign', () => {
    const decision = admit(
      sampleCase({ evidence: [publishEvidence(pack, KEYS.acme, { name: 'acme.state.other' }), kitEvidence(pack)] }),
    );
    const refused = decision.rules.filter(({ verdict }) => verdict === 'refuse').map(({ id }) => id);
    expect(refused).toEqual(['statement/subject', 'publisher/threshold']);
  });

  test('trust-root/fresh, slot/matches and contract/supported are looked at, also after another refused', () => {
    const decision = admit(sampleCase({ now: daysLater(3650), expectedKind: 'secrets', contract: 2, evidence: [] }));
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
    const decision = admit(sampleCase({ evidence: [] }));
    expect(() => assertAdmitted(decision)).toThrow(
      expect.objectContaining({ code: 'trust/threshold', details: { rule: 'publisher/threshold', decision } }),
    );
  });

  test('a bundle needs its publisher only', () => {
    const bundle = sampleBundle();
    const facts = sampleCase({
      artifact: { name: bundle.name, version: bundle.version, digest: bundle.digest },
      kind: 'bundle',
      contract: undefined,
      expectedKind: 'bundle',
      evidence: [publishEvidence(bundle)],
    });
    expect(admit(facts).verdict).toBe('admitted');
    expect(admit({ ...facts, evidence: [] }).verdict).toBe('refused');
  });

  test('evidence/sound: a broken signature of a trusted key refuses, though enough others hold', () => {
    const bundle = JSON.parse(publishEvidence(pack)) as { dsseEnvelope: { signatures: { sig: string }[] } };
    const [signature] = bundle.dsseEnvelope.signatures;
    if (signature === undefined) throw new Error('sample');
    signature.sig = Buffer.alloc(64, 1).toString('base64');
    const evidence = [publishEvidence(pack), kitEvidence(pack), JSON.stringify(bundle)];
    const { rules } = admit(sampleCase({ evidence }));
    expect(rules.filter(({ verdict }) => verdict === 'refuse')).toMatchObject([
      { id: 'evidence/sound', code: 'trust/signature-invalid' },
    ]);
  });

  test('the decision carries the policy by its digest, and how strong the evidence was', () => {
    const asked = admit(sampleCase({ policy: { coolDown: 1 } }));
    expect(asked.policy).toBe(digestOf('{"coolDown":1}'));
    expect(admit(sampleCase()).policy).toBe(digestOf('{}'));
    expect(asked.strength).toEqual({ publish: 1, conformance: 1, provenance: 0, sbom: 0, approval: 0 });
  });

  test('a rule refuses with the codes its card names', () => {
    for (const [, id, code] of REFUSALS) expect(RULE_CARDS[id].codes).toContain(code);
  });

  test('the same facts give the same decision', () => {
    expect(admit(sampleCase())).toEqual(admit(sampleCase()));
  });

  test('index/fresh: without an index nothing is admitted, unless it is opened from a lock', () => {
    const { index: _, ...locked } = sampleCase();
    expect(admit(locked).rules.find(({ id }) => id === 'index/fresh')).toMatchObject({
      verdict: 'refuse',
      code: 'index/invalid',
    });
    const decision = readmit(locked);
    expect(decision.verdict).toBe('admitted');
    expect(decision.rules.map(({ id }) => id)).toEqual(RULE_IDS.filter((id) => RULE_CARDS[id].again));
  });

  test('revocation/clear: an override lets withdrawn bytes pass until it ends, and the decision says who overrode what and why', () => {
    const decision = admit(sampleCase({ revocations: [withdrawn], overrides: [override] }));
    expect(decision.verdict).toBe('admitted');
    const ruling = decision.rules.find(({ id }) => id === 'revocation/clear');
    for (const part of ['ada', override.until, override.reason, withdrawn.reason])
      expect(ruling?.looked).toContain(part);
  });

  test('the way out of a revocation names its successor', () => {
    const ruling = admit(sampleCase({ revocations: [withdrawn] })).rules.find(({ id }) => id === 'revocation/clear');
    expect(ruling).toMatchObject({ wayOut: expect.stringContaining(`${other.name}@${other.version}`) });
  });

  test('version/offered: advice against a name refuses nothing', () => {
    const offer = { deprecated: { reason: 'Nobody keeps it.' } } as const;
    expect(admit(sampleCase({ offer })).verdict).toBe('admitted');
  });

  test('revocations of other bytes change nothing, also of the same name and version', () => {
    const elsewhere = { ...withdrawn, digest: other.digest };
    expect(admit(sampleCase({ revocations: [elsewhere] })).verdict).toBe('admitted');
  });

  test('conformance/report refuses a report whose content is not the one its digest names', () => {
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
      sampleCase({ evidence: [publishEvidence(pack), signStatement(statement, KEYS.kit.secretKey)] }),
    );
    expect(decision.rules.find(({ id }) => id === 'conformance/report')).toMatchObject({
      code: 'trust/conformance-failed',
    });
  });
});
