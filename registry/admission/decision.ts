import { ArtifactPin, Digest, type ErrorCode, GreenticError, Instant, isErrorCode } from '@greentic/core';
import * as z from 'zod';
import { RULE_IDS } from './rule-card.ts';
import { Strength } from './strength.ts';

const errorCode = z.custom<ErrorCode>(
  (value) => typeof value === 'string' && isErrorCode(value),
  'must be an error code',
);

const Ruling = z.discriminatedUnion('verdict', [
  z.strictObject({ id: z.enum(RULE_IDS), looked: z.string(), verdict: z.literal('pass') }),
  z.strictObject({
    id: z.enum(RULE_IDS),
    looked: z.string(),
    verdict: z.literal('refuse'),
    code: errorCode,
    wayOut: z.string(),
  }),
]);

/** What one rule looked at, and what it says. */
export type Ruling = z.infer<typeof Ruling>;

/** Why an artifact may run in an environment, or may not: every rule, what it looked at, and the way out. */
export const Decision = z.strictObject({
  schema: z.literal('greentic.decision/1'),
  artifact: ArtifactPin,
  /** The trust root in force. */
  trustRoot: z.strictObject({ version: z.int().min(1), digest: Digest }),
  /** Digest of the policy in force, in canonical form. */
  policy: Digest.exactOptional(),
  /** How strong the evidence was. */
  strength: Strength.exactOptional(),
  decidedAt: Instant,
  verdict: z.enum(['admitted', 'refused']),
  rules: z.array(Ruling).min(1).max(RULE_IDS.length),
});
export type Decision = z.infer<typeof Decision>;

/** Throws the code of the first rule that refuses, with the whole decision in the details; returns when there is none. */
export function assertAdmitted(decision: Decision): void {
  const refusal = decision.rules.find((rule) => rule.verdict === 'refuse');
  if (refusal === undefined) return;
  const { name, version } = decision.artifact;
  throw new GreenticError(refusal.code, `${name}@${version} is refused: ${refusal.looked}`, {
    hint: refusal.wayOut,
    details: { rule: refusal.id, decision },
  });
}
