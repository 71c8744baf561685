import * as z from 'zod';
import { type Digest, hexOf } from '../digest.ts';

/** in-toto Statement v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

/** A signed statement about one subject. What its predicate means is for whoever knows the predicate's type. */
export const Statement = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(256),
        digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      }),
    )
    .length(1),
  predicateType: z.string().min(1).max(256),
  predicate: z.record(z.string().max(256), z.unknown()),
});
export type Statement = z.infer<typeof Statement>;

/** A statement about what has this name and this digest. */
export function statementAbout(
  { name, digest }: { name: string; digest: Digest },
  predicateType: string,
  predicate: Readonly<Record<string, unknown>>,
): Statement {
  const subject = [{ name, digest: { sha256: hexOf(digest) } }];
  return { _type: STATEMENT_TYPE, subject, predicateType, predicate };
}
