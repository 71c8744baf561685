import { decode, digestOf, GreenticError, hexOf, parseJson } from '@greentic/core';
import * as z from 'zod';
import type { Attestation } from '../../evidence/attestation.ts';
import { CONFORMANCE_PREDICATE } from '../../evidence/conformance-predicate.ts';
import { entryOf } from '../../evidence/verified-statement.ts';
import type { AdmissionCase } from '../case.ts';
import { distinctSigners, quorum, type Rule } from './finding.ts';
import { isAbout } from './soundness.ts';

const REPORT_MAX_BYTES = 4 * 2 ** 20;

/** Enough distinct labs signed a report that says these bytes are conformant, and none says they are not. */
export const packConforms: Rule = (facts, { statements }) => {
  if (facts.kind === 'bundle') return { looked: 'A bundle fills no slot, so there is nothing to conform to.' };
  const labs = facts.trustRoot.conformance;
  const trusted = new Set([...labs.keys, ...(labs.identities ?? [])].map(entryOf));
  const reports = statements.filter(
    ({ entries, statement }) =>
      entries.some((entry) => trusted.has(entry)) && statement.predicateType === CONFORMANCE_PREDICATE,
  );
  const failed = reports.find(({ statement }) => !conforms(statement, facts));
  if (failed !== undefined) {
    return {
      looked: `The report signed by ${failed.signer} does not say conformant about these bytes.`,
      code: 'trust/conformance-failed',
    };
  }
  const signers = distinctSigners(reports, labs, (statement) => conforms(statement, facts));
  return quorum(signers, labs.threshold, 'reported conformant', 'trust/conformance-missing');
};

/** What admission reads of a conformance report; the kit owns the rest of it. */
const Report = z.object({
  schema: z.literal('greentic.conformance-report/1'),
  pack: z.object({ name: z.string(), version: z.string(), slot: z.string(), contract: z.int(), digest: z.string() }),
  profiles: z
    .array(z.object({ name: z.string(), result: z.string() }))
    .max(16)
    .optional(),
  result: z.literal('conformant'),
});
type Report = z.infer<typeof Report>;

/** Whether a statement says that exactly this artifact conforms: in the result, in the tests and in the report itself. */
export function conforms(statement: Attestation, facts: AdmissionCase): boolean {
  return conformantReport(statement, facts) !== undefined;
}

/** The levels that a statement says exactly this artifact conforms at. A level that is named twice has to conform twice. */
export function levelsOf(statement: Attestation, facts: AdmissionCase): string[] {
  const profiles = conformantReport(statement, facts)?.profiles ?? [];
  return profiles
    .map(({ name }) => name)
    .filter((name) => profiles.every((profile) => profile.name !== name || profile.result === 'conformant'));
}

function conformantReport(statement: Attestation, { artifact, kind, contract }: AdmissionCase): Report | undefined {
  if (statement.predicateType !== CONFORMANCE_PREDICATE || !isAbout(statement, artifact)) return undefined;
  const { result, failedTests, configuration } = statement.predicate;
  const [signed] = configuration;
  if (result !== 'PASSED' || failedTests.length > 0 || signed === undefined) return undefined;
  const report = readReport(signed);
  if (report === undefined) return undefined;
  const { pack } = report;
  const same =
    pack.name === artifact.name &&
    pack.version === artifact.version &&
    pack.digest === artifact.digest &&
    pack.slot === kind &&
    pack.contract === contract;
  return same ? report : undefined;
}

function readReport({ content, digest }: { content: string; digest: { sha256: string } }): Report | undefined {
  const bytes = Buffer.from(content, 'base64');
  if (hexOf(digestOf(bytes)) !== digest.sha256) return undefined;
  try {
    const value = parseJson(bytes, { maxBytes: REPORT_MAX_BYTES, code: 'trust/conformance-failed' });
    return decode(Report, value, 'trust/conformance-failed', 'The conformance report');
  } catch (error) {
    if (error instanceof GreenticError) return undefined;
    throw error;
  }
}
