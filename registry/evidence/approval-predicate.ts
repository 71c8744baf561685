import { ArtifactName, type Digest, plainText, type Statement, statementAbout, Version } from '@greentic/core';
import * as z from 'zod';

/** Predicate of an approval: somebody looked at these bytes, and wants them to be used. */
export const APPROVAL_PREDICATE = 'https://greentic.dev/attestation/approval/v1';

/** What an approver vouches for, and why. */
export const ApprovalPredicate = z.strictObject({
  name: ArtifactName,
  version: Version,
  reason: plainText(1, 512),
});
export type ApprovalPredicate = z.infer<typeof ApprovalPredicate>;

/** An approver's statement about an artifact. */
export function approvalStatement({ digest, ...predicate }: ApprovalPredicate & { digest: Digest }): Statement {
  return statementAbout({ name: predicate.name, digest }, APPROVAL_PREDICATE, predicate);
}
