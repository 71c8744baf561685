import { decode, digestOf, GreenticError, hexOf, parseJson } from '@greentic/core';
import * as z from 'zod';
import type { Attestation } from '../../evidence/attestation.ts';
import { CONFORMANCE_PREDICATE } from '../../evidence/conformance-predicate.ts';
import type { AdmissionCase } from '../case.ts';
import { distinctSigners, quorum, type Rule } from './finding.ts';
import { isAbout } from './soundness.ts';

const REPORT_MAX_BYTES = 4 * 2 ** 20;

/** Enough distinct lab keys signed a report that says these bytes are conformant, and none says they are not. */
export const packConforms: Rule = (facts, { statements }) => {
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
};

/** What admission reads of a conformance report; the kit owns the rest of it. */
const Report = z.object({
  schema: z.literal('greentic.conformance-report/1'),
  pack: z.object({ name: z.string(), version: z.string(), slot: z.string(), contract: z.int(), digest: z.string() }),
  result: z.literal('conformant'),
});

/** Whether a statement says that exactly this artifact conforms: in the result, in the tests and in the report itself. */
function conforms(statement: Attestation, { artifact, kind, contract }: AdmissionCase): boolean {
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
