import {
  type ArtifactName,
  canonicalize,
  type Digest,
  digestOf,
  hexOf,
  type Statement,
  statementAbout,
} from '@greentic/core';
import * as z from 'zod';

/** Predicate of a conformance result: in-toto test-result v0.1. */
export const CONFORMANCE_PREDICATE = 'https://in-toto.io/attestation/test-result/v0.1';

/** A result, with the whole report by digest and by content. */
export const ConformancePredicate = z.strictObject({
  result: z.enum(['PASSED', 'FAILED']),
  configuration: z
    .array(
      z.strictObject({
        name: z.literal('conformance-report'),
        digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
        content: z.base64().max(4 * 2 ** 20),
      }),
    )
    .length(1),
  passedTests: z.array(z.string()).max(2000),
  failedTests: z.array(z.string()).max(2000),
});
export type ConformancePredicate = z.infer<typeof ConformancePredicate>;

/** A conformance result about an artifact; the report travels inside, in canonical JSON. */
export function conformanceStatement(result: {
  name: ArtifactName;
  digest: Digest;
  passed: boolean;
  report: unknown;
  passedTests: string[];
  failedTests: string[];
}): Statement {
  const content = Buffer.from(canonicalize(result.report));
  const predicate: ConformancePredicate = {
    result: result.passed ? 'PASSED' : 'FAILED',
    configuration: [
      {
        name: 'conformance-report',
        digest: { sha256: hexOf(digestOf(content)) },
        content: content.toString('base64'),
      },
    ],
    passedTests: result.passedTests,
    failedTests: result.failedTests,
  };
  return statementAbout(result, CONFORMANCE_PREDICATE, predicate);
}
