import {
  type Digest,
  GreenticError,
  isGreenticError,
  type KeyPair,
  signStatement,
  type TrustedKey,
} from '@greentic/core';
import { type Attestation, PUBLISHER_PREDICATES, readAttestation } from '../evidence/attestation.ts';
import { PUBLISH_PREDICATE } from '../evidence/publish-predicate.ts';
import { verifyEvidence } from '../evidence/verified-statement.ts';
import { assertLookedAt } from './approval.ts';
import { assertAbout } from './evidence-claim.ts';
import type { PublishedVersion } from './published-version.ts';

/**
 * Signs with a publisher's next key what a former one signed of a published version, and nothing else: the former signatures are
 * verified, the statements stay as they are. Throws `trust/threshold` when the former key did not publish the version,
 * `trust/statement-mismatch` when it has another digest than is meant, `pack/yanked` and `pack/revoked`.
 */
export function reSign(
  published: PublishedVersion,
  { former, next, digest }: { former: TrustedKey; next: KeyPair; digest?: Digest | undefined },
): string[] {
  assertLookedAt(published, digest);
  const { name } = published.document;
  const { version } = published.entry;
  const said = published.evidence.flatMap((bundle) => saidBy(former, bundle, published));
  if (!said.some(({ predicateType }) => predicateType === PUBLISH_PREDICATE))
    throw new GreenticError('trust/threshold', `Key ${former.keyId} did not publish ${name}@${version}.`, {
      hint: 'Name the key that did: gtc pack inspect shows it.',
    });
  return said.map((statement) => signStatement(statement, next.secretKey));
}

/** What a key says of exactly this version as its publisher; nothing when it did not sign. */
function saidBy(key: TrustedKey, bundle: Uint8Array, { document, entry }: PublishedVersion): Attestation[] {
  try {
    const statement = readAttestation(verifyEvidence(bundle, { keys: [key] }).statement);
    assertAbout(Buffer.from(bundle).toString(), { name: document.name, ...entry });
    return PUBLISHER_PREDICATES.includes(statement.predicateType) ? [statement] : [];
  } catch (error) {
    if (isGreenticError(error)) return [];
    throw error;
  }
}
