import {
  canonicalize,
  digestOf,
  EVIDENCE_MAX_BYTES,
  hexOf,
  type KeyPair,
  type Statement,
  signStatement,
  type TrustRoot,
} from '@greentic/core';
import { EVIDENCE_TOTAL_MAX_BYTES } from '../artifact/evidence-image.ts';
import { conformanceStatement } from '../evidence/conformance-predicate.ts';
import { PUBLISH_PREDICATE, publishStatement } from '../evidence/publish-predicate.ts';
import type { AttackCase } from '../testing/attack.ts';
import { type EvidenceAttack, signPayload } from '../testing/evidence-forge.ts';
import type { Wild } from '../testing/index-forge.ts';
import { SAYINGS } from '../testing/sample-case.ts';
import { KEYS, kitEvidence, publishEvidence, samplePack, trusted } from '../testing/sample-registry.ts';

const pack = samplePack();
const { name, version, digest } = pack;
const pin = { name, version, digest };
const later = samplePack('2.0.0').version;
const published = publishStatement({ name, version, digest, kind: 'state', contract: 1 });
const report = {
  schema: 'greentic.conformance-report/1',
  pack: { name, version, digest, slot: 'state', contract: 1 },
  result: 'conformant',
};
const reported = conformanceStatement({
  name,
  digest,
  passed: true,
  report,
  passedTests: ['STA-01'],
  failedTests: [],
});

const MALFORMED = 'trust/envelope-invalid';
const ELSEWHERE = 'trust/statement-mismatch';

/** Every kind of statement, and who may make it. */
const KINDS: Readonly<Record<string, readonly [statement: Statement, signer: KeyPair]>> = {
  publication: [published, KEYS.acme],
  report: [reported, KEYS.kit],
  provenance: [SAYINGS.provenance(pin), KEYS.acme],
  list: [SAYINGS.sbom(pin), KEYS.acme],
  approval: [SAYINGS.approval(pin), KEYS.kitSecond],
};
const signed = (kind: string): string => {
  const [statement, { secretKey }] = KINDS[kind] ?? [published, KEYS.acme];
  return signStatement(statement, secretKey);
};

/** A sound statement of every kind. */
export const SOUND_STATEMENTS: readonly string[] = Object.keys(KINDS).map(signed);

/** An environment that asks for every kind. */
export const ASKED: Partial<TrustRoot> = {
  approvers: { keys: [trusted(KEYS.kitSecond), trusted(KEYS.acme)], threshold: 1 },
  policy: { requiredEvidence: { provenance: 1, sbom: 1, approval: 1 } },
};

/** What the publisher signed in place of its publication, beside a sound report. */
const saying = (what: string, payload: string, code: AttackCase['code'] = MALFORMED): EvidenceAttack => ({
  name: what,
  code,
  evidence: [JSON.stringify(signPayload(payload, KEYS.acme)), kitEvidence(pack)],
});

function edited(what: string, edit: (statement: Wild) => unknown, code?: AttackCase['code']): EvidenceAttack {
  const statement = structuredClone(published);
  edit(statement);
  return saying(what, JSON.stringify(statement), code);
}

const inSubject = (what: string, edit: (subject: Wild) => unknown, code?: AttackCase['code']) =>
  edited(what, ({ subject }) => edit(subject[0]), code);
const other = hexOf(digestOf('other bytes'));

const SUBJECTS: readonly EvidenceAttack[] = [
  edited('a publication of nothing', (statement) => (statement.subject = [])),
  edited('a publication without its subject', (statement) => delete statement.subject),
  edited('a publication whose subject is no list', (statement) => (statement.subject = statement.subject[0])),
  edited('a publication of one thing twice', ({ subject }) => subject.push(subject[0])),
  edited('a publication of two things, the sound one first', ({ subject }) =>
    subject.push({ name, digest: { sha256: other } }),
  ),
  edited('a publication of two things, the sound one last', ({ subject }) =>
    subject.unshift({ name, digest: { sha256: other } }),
  ),
  inSubject('a publication of other bytes', (subject) => (subject.digest.sha256 = other), ELSEWHERE),
  inSubject(
    'a publication of other bytes under a second digest',
    (subject) => (subject.digest.sha512 = 'ab'.repeat(64)),
  ),
  inSubject('a publication of bytes named by another digest alone', (subject) => {
    subject.digest = { sha512: 'ab'.repeat(64) };
  }),
  inSubject('a publication of bytes in capitals', ({ digest: hash }) => (hash.sha256 = hash.sha256.toUpperCase())),
  inSubject('a publication of bytes with their algorithm before them', (subject) => {
    subject.digest.sha256 = `sha256:${subject.digest.sha256}`;
  }),
  inSubject('a publication of the first half of a digest', ({ digest: hash }) => (hash.sha256 = hash.sha256.slice(32))),
  inSubject('a publication of no bytes', (subject) => (subject.digest = {})),
  inSubject('a publication under another name', (subject) => (subject.name = 'acme.state.other'), ELSEWHERE),
  inSubject(
    'a publication under the name of another slot',
    (subject) => (subject.name = 'acme.secrets.memory'),
    ELSEWHERE,
  ),
  inSubject('a publication under no name', (subject) => delete subject.name),
  inSubject('a publication under a name with letters of another script', (subject) => {
    subject.name = subject.name.replace('a', '\u0430');
  }),
  inSubject('a publication under a name with a zero behind it', (subject) => (subject.name += '\0')),
  inSubject('a publication under a name with half a character', (subject) => (subject.name += '\ud800')),
  inSubject('a publication under a name that is a path', (subject) => (subject.name = '../acme.state.memory')),
  inSubject('a publication under a name in a list', (subject) => (subject.name = [subject.name])),
  inSubject('a publication with a note on its subject', (subject) => (subject.annotations = {})),
];

const TYPES: readonly EvidenceAttack[] = [
  edited('a statement of the former version', (statement) => (statement._type = 'https://in-toto.io/Statement/v0.1')),
  edited('a statement of a type with a slash behind it', (statement) => (statement._type += '/')),
  edited('a statement of no type', (statement) => delete statement._type),
  edited('a statement with a field nobody knows', (statement) => (statement.signed = true)),
  ...[
    ['of a next version', PUBLISH_PREDICATE.replace('v1', 'v2')],
    ['of a type in capitals', PUBLISH_PREDICATE.toUpperCase()],
    ['of a type with a slash behind it', `${PUBLISH_PREDICATE}/`],
    ['of a type with a space before it', ` ${PUBLISH_PREDICATE}`],
    ['of a type without encryption', PUBLISH_PREDICATE.replace('https', 'http')],
    ['of an empty type', ''],
    ['of a list of types', [PUBLISH_PREDICATE]],
    ['of a type nobody knows', 'https://example.com/opinion/v1'],
  ].map(([what, type]) => edited(`a publication ${what}`, (statement) => (statement.predicateType = type))),
];

/** Each kind of statement under the type of each other, by whoever may make the kind it pretends to be. */
const CONFUSED: readonly EvidenceAttack[] = Object.entries(KINDS).flatMap(([kind, [statement]]) =>
  Object.entries(KINDS)
    .filter(([pretended]) => pretended !== kind)
    .map(([pretended, [{ predicateType }, { secretKey }]]) => ({
      name: `the content of a ${kind} as ${pretended}`,
      code: MALFORMED,
      evidence: [
        ...SOUND_STATEMENTS.filter((text) => text !== signed(pretended)),
        signStatement({ ...statement, predicateType }, secretKey),
      ],
      trust: ASKED,
    })),
);

const both = {
  ...SAYINGS.provenance(pin),
  predicate: { ...SAYINGS.sbom(pin).predicate, ...SAYINGS.provenance(pin).predicate },
};

/** A kind of statement that is missing or does not count, where every kind is asked for. */
const lacking = (what: string, kind: string, code: AttackCase['code'], ...instead: string[]): EvidenceAttack => ({
  name: what,
  code,
  evidence: [...SOUND_STATEMENTS.filter((text) => text !== signed(kind)), ...instead],
  trust: ASKED,
});

const MISSING: readonly EvidenceAttack[] = [
  lacking(
    'a provenance that is a list as well, in place of the list',
    'list',
    'policy/refused',
    signStatement(both, KEYS.acme.secretKey),
  ),
  lacking(
    'a list of another version',
    'list',
    'policy/refused',
    signStatement(SAYINGS.sbom({ ...pin, version: later }), KEYS.acme.secretKey),
  ),
  lacking('a list that the lab signed', 'list', 'policy/refused', signStatement(SAYINGS.sbom(pin), KEYS.kit.secretKey)),
  lacking(
    'a provenance that an approver signed',
    'provenance',
    'policy/refused',
    signStatement(SAYINGS.provenance(pin), KEYS.kitSecond.secretKey),
  ),
  lacking(
    'an approval by the publisher, who is an approver',
    'approval',
    'trust/approval-missing',
    signStatement(SAYINGS.approval(pin), KEYS.acme.secretKey),
  ),
  lacking(
    'an approval by the lab',
    'approval',
    'trust/approval-missing',
    signStatement(SAYINGS.approval(pin), KEYS.kit.secretKey),
  ),
  lacking(
    'an approval of another version',
    'approval',
    'trust/approval-missing',
    signStatement(SAYINGS.approval({ ...pin, version: later }), KEYS.kitSecond.secretKey),
  ),
  lacking(
    'an approval of other bytes',
    'approval',
    ELSEWHERE,
    signStatement(SAYINGS.approval({ ...pin, digest: digestOf('other bytes') }), KEYS.kitSecond.secretKey),
  ),
  lacking('no approval but the publication twice', 'approval', 'trust/approval-missing', signed('publication')),
];

const PUBLICATIONS: readonly EvidenceAttack[] = [
  edited(
    'a publication whose content names another pack',
    ({ predicate }) => (predicate.name = 'acme.state.other'),
    'trust/threshold',
  ),
  ...(
    [
      ['another version', { version: '1.0.1' }],
      ['another slot', { kind: 'secrets' }],
      ['a bundle', { kind: 'bundle' }],
      ['another contract', { contract: 2 }],
    ] as const
  ).map(([what, changes]) => ({
    name: `a publication as ${what}`,
    code: 'trust/threshold' as const,
    evidence: [publishEvidence(pack, KEYS.acme, changes), kitEvidence(pack)],
  })),
];

/** A report whose text is not what `canonicalize` would make of a value. */
function reporting(what: string, content: string, edit: (predicate: Wild) => unknown = () => {}): EvidenceAttack {
  const statement: Wild = structuredClone(reported);
  statement.predicate.configuration[0].content = Buffer.from(content).toString('base64');
  statement.predicate.configuration[0].digest.sha256 = hexOf(digestOf(content));
  edit(statement.predicate);
  return {
    name: what,
    code: 'trust/conformance-failed',
    evidence: [publishEvidence(pack), signStatement(statement, KEYS.kit.secretKey)],
  };
}

const text = canonicalize(report);
const REPORTS: readonly EvidenceAttack[] = [
  reporting('a report that failed', text, (predicate) => (predicate.result = 'FAILED')),
  reporting('a report of which a check failed', text, ({ failedTests }) => failedTests.push('STA-02')),
  reporting('a report that says otherwise than its summary', text.replace('conformant', 'non-conformant')),
  reporting('a report with another text than its digest says', text, ({ configuration }) => {
    configuration[0].digest.sha256 = other;
  }),
  reporting('a report of other bytes', text.replace(hexOf(digest), other)),
  reporting('a report that has its result twice', text.replace('"result":', '"result":"failed","result":')),
  reporting('a report that has its digest twice', text.replace('"digest":', `"digest":"sha256:${other}","digest":`)),
  reporting('a report whose lists go 65 deep', `{"x":${'['.repeat(65)}${']'.repeat(65)},${text.slice(1)}`),
  reporting('a report that is cut off', text.slice(0, -1)),
  reporting('a report that is nothing', ''),
  {
    name: 'a report of which there are two',
    code: MALFORMED,
    evidence: [
      publishEvidence(pack),
      signStatement(
        {
          ...reported,
          predicate: {
            ...reported.predicate,
            configuration: Array(2).fill((reported.predicate as Wild).configuration[0]),
          },
        },
        KEYS.kit.secretKey,
      ),
    ],
  },
  {
    name: 'a report that failed beside one that did not',
    code: 'trust/conformance-failed',
    evidence: [
      publishEvidence(pack),
      kitEvidence(pack),
      signStatement({ ...reported, predicate: { ...reported.predicate, result: 'FAILED' } }, KEYS.kit.secretKey),
    ],
  },
];

const sound = canonicalize(published);
const TEXTS: readonly EvidenceAttack[] = [
  saying('a statement that is nothing', 'null'),
  saying('a statement in a list', `[${sound}]`),
  saying('a statement that is cut off', sound.slice(0, -1)),
  saying('a statement with another behind it', `${sound}${sound}`),
  saying('a statement with a mark of byte order', `\ufeff${sound}`),
  saying('a statement that has its subject twice, the sound one last', `{"subject":[],${sound.slice(1)}`),
  saying('a statement that has its subject twice, once in another spelling', `{"\\u0073ubject":[],${sound.slice(1)}`),
  saying('a statement that has its predicate twice', `{"predicate":{},${sound.slice(1)}`),
  saying('a statement that has a version twice', sound.replace('"version":', '"version":"9.9.9","version":')),
  saying('a statement that has a digest twice', sound.replace('"sha256":', `"sha256":"${other}","sha256":`)),
  saying('a statement with a prototype', `{"__proto__":{},${sound.slice(1)}`),
  saying(
    'a statement whose predicate goes 65 deep',
    sound.replace('"contract":1', `"contract":${'['.repeat(65)}${']'.repeat(65)}`),
  ),
  saying('a statement of a contract in a string', sound.replace('"contract":1', '"contract":"1"')),
  saying('a statement of half a contract', sound.replace('"contract":1', '"contract":0.5')),
  saying('a statement of a contract without end', sound.replace('"contract":1', '"contract":1e999')),
  saying('a statement with half a character in it', sound.replace('"contract":1', '"contract":1,"\\ud800":1')),
];

const heavy = (bytes: number) => (evidence: string) => evidence + ' '.repeat(bytes - evidence.length);
const SIZES: readonly EvidenceAttack[] = [
  {
    name: 'a piece of evidence that is a byte larger than any',
    code: 'artifact/invalid',
    evidence: [heavy(EVIDENCE_MAX_BYTES + 1)(publishEvidence(pack)), kitEvidence(pack)],
  },
  {
    name: 'pieces of evidence that are a byte larger together than any are',
    code: 'artifact/invalid',
    evidence: [
      heavy(EVIDENCE_MAX_BYTES)(publishEvidence(pack)),
      heavy(EVIDENCE_TOTAL_MAX_BYTES - EVIDENCE_MAX_BYTES - 4000)(kitEvidence(pack)),
      heavy(4001)(publishEvidence(pack, KEYS.stranger)),
    ],
  },
];

/** Somebody who is believed for something signs what is about something else, of another kind, or not to be read in one way. */
export const STATEMENT_ATTACKS: readonly EvidenceAttack[] = [
  ...SUBJECTS,
  ...TYPES,
  ...CONFUSED,
  ...MISSING,
  ...PUBLICATIONS,
  ...REPORTS,
  ...TEXTS,
  ...SIZES,
];
