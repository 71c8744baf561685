import * as z from 'zod';
import { Digest } from '../digest.ts';
import { GreenticError } from '../errors.ts';
import { ArtifactName, DeploymentId, Instant, RevisionId, Version } from './name.ts';

/** Where a revision is in its life. */
export const RevisionState = z.enum(['inactive', 'staged', 'warming', 'ready', 'draining', 'failed', 'archived']);
export type RevisionState = z.infer<typeof RevisionState>;

/** From which state a revision may go where. `archived` is the end. */
export const TRANSITIONS: Readonly<Record<RevisionState, readonly RevisionState[]>> = {
  inactive: ['staged', 'failed', 'archived'],
  staged: ['warming', 'failed', 'archived'],
  warming: ['ready', 'failed', 'archived'],
  ready: ['draining', 'failed', 'archived'],
  draining: ['inactive', 'ready', 'failed', 'archived'],
  failed: ['staged', 'archived'],
  archived: [],
};

/** What somebody other than the deployer saw of a running revision: the worker answered with its own identity. */
export const Witness = z.looseObject({
  revision: RevisionId,
  bundleDigest: Digest,
  bootId: z.string(),
  observedAt: Instant,
});
export type Witness = z.infer<typeof Witness>;

/** A named, exact, verified artifact. */
export const ArtifactPin = z.looseObject({ name: ArtifactName, version: Version, digest: Digest });
export type ArtifactPin = z.infer<typeof ArtifactPin>;

/** A frozen deployed version of a bundle: nothing of it changes after staging but its state and what was observed of it. */
export const Revision = z.looseObject({
  id: RevisionId,
  deployment: DeploymentId,
  sequence: z.int().min(1),
  bundle: ArtifactPin,
  state: RevisionState,
  stagedAt: Instant,
  /** Where the router reaches it, once ready: `http://host:port` or `unix:<path>`. */
  endpoint: z.string().exactOptional(),
  witness: Witness.exactOptional(),
  /** Why it failed, when `failed`. */
  failure: z.string().exactOptional(),
});
export type Revision = z.infer<typeof Revision>;

/** Throws `revision/transition` unless the table allows the step. */
export function assertTransition(revision: Revision, to: RevisionState): void {
  if (TRANSITIONS[revision.state].includes(to)) return;
  throw new GreenticError(
    'revision/transition',
    `Revision ${revision.id} is ${revision.state}; it cannot become ${to}.`,
    {
      details: { revision: revision.id, from: revision.state, to },
    },
  );
}
