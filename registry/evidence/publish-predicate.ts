import { ArtifactName, type Digest, Slot, type Statement, statementAbout, Version } from '@greentic/core';
import * as z from 'zod';

/** Predicate of a publisher's statement: these bytes are this version of this name. */
export const PUBLISH_PREDICATE = 'https://greentic.dev/attestation/publish/v1';

/** What a publisher vouches for. */
export const PublishPredicate = z.strictObject({
  name: ArtifactName,
  version: Version,
  kind: z.enum(['bundle', ...Slot.options]),
  /** Version of the slot contract; a bundle has none. */
  contract: z.int().min(1).exactOptional(),
});
export type PublishPredicate = z.infer<typeof PublishPredicate>;

/** What a publisher says of an artifact. */
export interface Publication extends PublishPredicate {
  readonly digest: Digest;
}

/** The publisher's statement about an artifact. */
export function publishStatement({ digest, ...predicate }: Publication): Statement {
  return statementAbout({ name: predicate.name, digest }, PUBLISH_PREDICATE, predicate);
}
