import {
  assertFresh,
  CONFORMANCE_PREDICATE,
  CONTRACTS,
  decode,
  digestOf,
  ERRORS,
  type ErrorCode,
  GreenticError,
  hexOf,
  isGreenticError,
  namespaceOf,
  PUBLISH_PREDICATE,
  parseJson,
  publisherOf,
  type Statement,
  type TrustedKey,
} from '@greentic/core';
import * as z from 'zod';
import type { AdmissionCase } from './case.ts';
import type { RuleId, Ruling } from './decision.ts';
import type { Testimony } from './testimony.ts';

const REPORT_MAX_BYTES = 4 * 2 ** 20;

/** What a rule found: a sentence, and the code when it refuses. */
interface Finding {
  readonly looked: string;
  readonly code?: ErrorCode;
  readonly wayOut?: string;
}

type Rule = (facts: AdmissionCase, testimony: Testimony) => Finding;

/** The rules of admission. Each looks at one thing, and says what it saw either way. */
export const RULES: Readonly<Record<RuleId, Rule>> = {
  'trust-root/fresh': ({ trustRoot, now }) => {
    assertFresh(trustRoot, now);
    return {
      looked: `Version ${trustRoot.version} of the trust root of ${trustRoot.environment} holds until ${trustRoot.expires}.`,
    };
  },
  'index/fresh': ({ index, now }) => {
    if (index === undefined) return { looked: 'No index vouches for this version.', code: 'index/invalid' };
    const looked = `Index of ${index.registry}: timestamp ${index.timestamp}, snapshot ${index.snapshot}, ${index.role.name} ${index.role.version}; it holds until ${index.expires}.`;
    return Date.parse(index.expires) > now.getTime() ? { looked } : { looked, code: 'index/expired' };
  },
  'slot/matches': ({ artifact, kind, expectedKind }) => {
    const looked = `${artifact.name} is made for ${kind}; wanted is ${expectedKind}.`;
    return kind === expectedKind ? { looked } : { looked, code: 'pack/slot-mismatch' };
  },
  'contract/supported': ({ kind, contract }) => {
    if (kind === 'bundle') return { looked: 'A bundle implements no slot contract.' };
    const { version } = CONTRACTS[kind];
    const looked = `It implements version ${contract} of the ${kind} contract; this host speaks ${version}.`;
    return contract === version ? { looked } : { looked, code: 'pack/contract-unsupported' };
  },
  'evidence/sound': (_, { statements, strangers, broken }) => {
    const looked = `${statements.length} signatures of trusted keys hold; ${strangers} are of keys unknown here.`;
    return broken === undefined
      ? { looked }
      : { looked: `${looked} One is broken: ${broken.message}`, code: broken.code };
  },
  'statement/subject': ({ artifact }, { statements }) => {
    const stray = statements.find(({ statement }) => !isAbout(statement, artifact));
    if (stray === undefined) return { looked: `All ${statements.length} statements are about ${artifact.digest}.` };
    return { looked: `Key ${stray.keyId} signed a statement about something else.`, code: 'trust/statement-mismatch' };
  },
  'publisher/threshold': (facts, { statements }) => {
    const { keys, threshold } = publisherOf(facts.trustRoot, namespaceOf(facts.artifact.name));
    const signers = distinctSigners(statements, keys, (statement) => publishes(statement, facts));
    return quorum(signers, threshold, `signed by publishers of ${namespaceOf(facts.artifact.name)}`, 'trust/threshold');
  },
  'conformance/report': (facts, { statements }) => {
    if (facts.kind === 'bundle') return { looked: 'A bundle fills no slot, so there is nothing to conform to.' };
    const { keys, threshold } = facts.trustRoot.conformance;
    const trusted = new Set(keys.map(({ keyId }) => keyId));
    const reports = statements.filter(
      ({ keyId, statement }) => trusted.has(keyId) && statement.predicateType === CONFORMANCE_PREDICATE,
    );
    const failed = reports.find(({ statement }) => !conforms(statement, facts));
    if (failed !== undefined) {
      return {
        looked: `The report signed by ${failed.keyId} does not say conformant about these bytes.`,
        code: 'trust/conformance-failed',
      };
    }
    const signers = distinctSigners(reports, keys, (statement) => conforms(statement, facts));
    return quorum(signers, threshold, 'reported conformant', 'trust/conformance-missing');
  },
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

/** Counts keys, never signatures: one key that signs twice is one signer. */
function distinctSigners(
  statements: Testimony['statements'],
  keys: readonly TrustedKey[],
  counts: (statement: Statement) => boolean,
): string[] {
  const signed = new Set(statements.filter(({ statement }) => counts(statement)).map(({ keyId }) => keyId));
  return keys.map(({ keyId }) => keyId).filter((keyId) => signed.has(keyId));
}

function quorum(signers: readonly string[], threshold: number, deed: string, code: ErrorCode): Finding {
  const looked = `${signers.length} of ${threshold} needed: ${deed} with ${signers.length === 0 ? 'no trusted key' : signers.join(', ')}.`;
  return signers.length >= threshold ? { looked } : { looked, code };
}

function isAbout(statement: Statement, { name, digest }: AdmissionCase['artifact']): boolean {
  return statement.subject.every((subject) => subject.name === name && subject.digest.sha256 === hexOf(digest));
}

function publishes(statement: Statement, { artifact, kind, contract }: AdmissionCase): boolean {
  if (statement.predicateType !== PUBLISH_PREDICATE || !isAbout(statement, artifact)) return false;
  const { predicate } = statement;
  return (
    predicate.name === artifact.name &&
    predicate.version === artifact.version &&
    predicate.kind === kind &&
    predicate.contract === contract
  );
}

/** What admission reads of a conformance report; the kit owns the rest of it. */
const Report = z.object({
  schema: z.literal('greentic.conformance-report/1'),
  pack: z.object({ name: z.string(), version: z.string(), slot: z.string(), contract: z.int(), digest: z.string() }),
  result: z.literal('conformant'),
});

/** Whether a statement says that exactly this artifact conforms: in the result, in the tests and in the report itself. */
function conforms(statement: Statement, { artifact, kind, contract }: AdmissionCase): boolean {
  if (statement.predicateType !== CONFORMANCE_PREDICATE || !isAbout(statement, artifact)) return false;
  const { result, failedTests, configuration } = statement.predicate;
  const [report] = configuration;
  if (result !== 'PASSED' || failedTests.length > 0 || report === undefined) return false;
  const content = Buffer.from(report.content, 'base64');
  if (hexOf(digestOf(content)) !== report.digest.sha256) return false;
  try {
    const value = parseJson(content, { maxBytes: REPORT_MAX_BYTES, code: 'trust/conformance-failed' });
    const { pack } = decode(Report, value, 'trust/conformance-failed', 'The conformance report');
    return (
      pack.name === artifact.name &&
      pack.version === artifact.version &&
      pack.digest === artifact.digest &&
      pack.slot === kind &&
      pack.contract === contract
    );
  } catch (error) {
    if (error instanceof GreenticError) return false;
    throw error;
  }
}
