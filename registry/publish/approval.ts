import {
  type Digest,
  decode,
  GreenticError,
  isGreenticError,
  type KeyPair,
  signStatement,
  type TrustedKey,
} from '@greentic/core';
import { ApprovalPredicate, approvalStatement } from '../evidence/approval-predicate.ts';
import { readAttestation } from '../evidence/attestation.ts';
import { PUBLISH_PREDICATE } from '../evidence/publish-predicate.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
import type { PublishedVersion } from './published-version.ts';

/**
 * Signs that somebody looked at a published version and wants it to be used. Throws `trust/statement-mismatch` when it has another
 * digest than the one that was looked at, `pack/yanked`, `pack/revoked`, `trust/threshold` for a key that published it, as two persons are two
 * keys, and `input/invalid` for a reason nobody could read.
 */
export function approve(
  published: PublishedVersion,
  { key, reason, digest }: { key: KeyPair; reason: string; digest?: Digest | undefined },
): string {
  const { name } = published.document;
  const { version, digest: actual } = published.entry;
  decode(ApprovalPredicate.shape.reason, reason, 'input/invalid', 'The reason');
  assertLookedAt(published, digest);
  if (hasPublished(published, key))
    throw new GreenticError('trust/threshold', `Key ${key.keyId} published ${name}@${version}: it cannot approve it.`, {
      hint: 'Have somebody else approve it, with a key of his own.',
    });
  return signStatement(approvalStatement({ name, version, digest: actual, reason }), key.secretKey);
}

/** Throws `trust/statement-mismatch` when a version has another digest than was looked at, `pack/yanked` and `pack/revoked`. */
export function assertLookedAt({ document, entry, revocations }: PublishedVersion, digest: Digest | undefined): void {
  const what = `${document.name}@${entry.version}`;
  if (digest !== undefined && digest !== entry.digest)
    throw new GreenticError('trust/statement-mismatch', `${what} has the digest ${entry.digest}, not ${digest}.`, {
      hint: 'Look at what is there now: gtc pack inspect.',
    });
  if (entry.yanked !== undefined)
    throw new GreenticError('pack/yanked', `${what} was taken back: ${entry.yanked.reason}`);
  const revoked = revocations.find((each) => each.digest === entry.digest);
  if (revoked !== undefined) throw new GreenticError('pack/revoked', `${what} is revoked: ${revoked.reason}`);
}

/** Whether a key signed what publishes a version. A statement that only bears its name does not count. */
function hasPublished({ evidence }: PublishedVersion, { keyId, publicKey }: TrustedKey): boolean {
  return evidence.some((bundle) => {
    try {
      const { statement } = verifyEvidence(bundle, { keys: [{ keyId, publicKey }] });
      return readAttestation(statement).predicateType === PUBLISH_PREDICATE;
    } catch (error) {
      if (isGreenticError(error)) return false;
      throw error;
    }
  });
}
