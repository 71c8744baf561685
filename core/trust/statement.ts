import * as z from 'zod';
import { type Digest, digestOf, hexOf } from '../digest.ts';
import { canonicalize } from '../json.ts';
import { ArtifactName, Slot, Version } from '../model/name.ts';

/** in-toto Statement v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** Predicate of a publisher's statement: these bytes are this version of this name. */
export const PUBLISH_PREDICATE = 'https://greentic.dev/attestation/publish/v1';

/** Predicate of a conformance result: in-toto test-result v0.1. */
export const CONFORMANCE_PREDICATE = 'https://in-toto.io/attestation/test-result/v0.1';

const subject = z
  .array(z.strictObject({ name: ArtifactName, digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }) }))
  .length(1);

const PublishPredicate = z.strictObject({
  name: ArtifactName,
  version: Version,
  kind: z.enum(['bundle', ...Slot.options]),
  /** Version of the slot contract; a bundle has none. */
  contract: z.int().min(1).exactOptional(),
});

const ConformancePredicate = z.strictObject({
  result: z.enum(['PASSED', 'FAILED']),
  /** One resource descriptor: the whole report, by digest and by content. */
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

/** A statement this product signs and accepts. */
export const Statement = z.discriminatedUnion('predicateType', [
  z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject,
    predicateType: z.literal(PUBLISH_PREDICATE),
    predicate: PublishPredicate,
  }),
  z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject,
    predicateType: z.literal(CONFORMANCE_PREDICATE),
    predicate: ConformancePredicate,
  }),
]);
export type Statement = z.infer<typeof Statement>;

/** What a publisher says of an artifact. */
export interface Publication {
  readonly name: ArtifactName;
  readonly version: Version;
  readonly kind: Slot | 'bundle';
  readonly contract?: number;
  readonly digest: Digest;
}

/** The publisher's statement about an artifact. */
export function publishStatement({ digest, ...predicate }: Publication): Statement {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: predicate.name, digest: { sha256: hexOf(digest) } }],
    predicateType: PUBLISH_PREDICATE,
    predicate,
  };
}

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
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: result.name, digest: { sha256: hexOf(result.digest) } }],
    predicateType: CONFORMANCE_PREDICATE,
    predicate: {
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
    },
  };
}
