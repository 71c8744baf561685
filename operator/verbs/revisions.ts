import {
  type ArtifactPin,
  assertTransition,
  type DeploymentId,
  decode,
  type Environment,
  GreenticError,
  kindOf,
  Revision,
  type RevisionId,
  type RevisionState,
  type TrafficSplit,
  Witness,
} from '@greentic/core';
import * as z from 'zod';
import type { Decision, Snapshot } from '../decision.ts';
import { findDeployment } from './deployments.ts';

const FAILURE_MAX_CHARS = 2000;
const Endpoint = z
  .string()
  .max(300)
  .regex(/^(?:http:\/\/[^\s/?#@]+|unix:[^\s\0]+)$/, 'must be http://host:port or unix:<path>');

/** Which revision, and the state it is in after the verb. */
export interface Moved {
  readonly revision: RevisionId;
  readonly state: RevisionState;
}

/**
 * Makes a revision of a verified bundle, in the state `staged`, with a sequence that was never used. Throws
 * `deployment/not-found`, and `pack/slot-mismatch` when the artifact is not this deployment's bundle.
 */
export function stageRevision(
  { environment }: Snapshot,
  { deployment: id, bundle }: { readonly deployment: DeploymentId; readonly bundle: ArtifactPin },
  now: Date,
): Decision<Moved> {
  const deployment = findDeployment(environment, id);
  if (kindOf(bundle.name) !== 'bundle' || !bundle.name.endsWith(`.${deployment.bundle}`)) {
    throw new GreenticError('pack/slot-mismatch', `${bundle.name} is not the bundle ${deployment.bundle} of ${id}.`, {
      hint: 'Name a bundle whose last label is the deployment’s bundle.',
    });
  }
  const sequence = deployment.nextSequence;
  const fields = {
    id: `${id}.${sequence}`,
    deployment: id,
    sequence,
    bundle,
    state: 'staged',
    stagedAt: now.toISOString(),
  };
  const revision = decode(Revision, fields, 'input/invalid', 'The revision');
  const deployments = environment.deployments.map((other) =>
    other === deployment ? { ...other, nextSequence: sequence + 1 } : other,
  );
  return {
    environment: { ...environment, deployments, revisions: [...environment.revisions, revision] },
    result: { revision: revision.id, state: 'staged' },
  };
}

/** The revision is being started. Throws `revision/not-found` and `revision/transition`, as all verbs below do. */
export function markWarming(
  { environment }: Snapshot,
  { revision: id }: { readonly revision: RevisionId },
): Decision<Moved> {
  return move(environment, id, 'warming');
}

/**
 * A witness saw the revision answer. Throws `witness/mismatch` when what it saw is not this revision of this bundle, and
 * `input/invalid` for a malformed endpoint.
 */
export function markReady(
  { environment }: Snapshot,
  {
    revision: id,
    endpoint,
    witness,
  }: { readonly revision: RevisionId; readonly endpoint: string; readonly witness: Witness },
): Decision<Moved> {
  const revision = findRevision(environment, id);
  const seen = decode(Witness, witness, 'input/invalid', 'The witness');
  if (seen.revision !== id || seen.bundleDigest !== revision.bundle.digest) {
    throw new GreenticError(
      'witness/mismatch',
      `What answered is ${seen.revision} of ${seen.bundleDigest}, not ${id}.`,
      {
        details: {
          expected: { revision: id, bundleDigest: revision.bundle.digest },
          seen: { revision: seen.revision, bundleDigest: seen.bundleDigest },
        },
      },
    );
  }
  const facts = { endpoint: decode(Endpoint, endpoint, 'input/invalid', 'The endpoint'), witness: seen };
  return move(environment, id, 'ready', facts);
}

/**
 * The revision failed; the message, cut to 2,000 characters, is for a person and holds no secret. Throws `revision/in-use`
 * while it receives traffic: the dial is moved first, by whoever decides where the traffic goes.
 */
export function markFailed(
  { environment }: Snapshot,
  { revision: id, message }: { readonly revision: RevisionId; readonly message: string },
): Decision<Moved> {
  assertIdle(environment, id);
  return move(environment, id, 'failed', { failure: message.slice(0, FAILURE_MAX_CHARS) });
}

/** Running requests may end, new ones go elsewhere. Throws `revision/in-use` while it receives traffic. */
export function drain({ environment }: Snapshot, { revision: id }: { readonly revision: RevisionId }): Decision<Moved> {
  assertIdle(environment, id);
  return move(environment, id, 'draining');
}

/** The draining revision has no requests left and was stopped. Throws `revision/in-use` while it receives traffic. */
export function markInactive(
  { environment }: Snapshot,
  { revision: id }: { readonly revision: RevisionId },
): Decision<Moved> {
  assertIdle(environment, id);
  return move(environment, id, 'inactive');
}

/** A failed or inactive revision gets another start; what was seen of the last one is forgotten. */
export function restage(
  { environment }: Snapshot,
  { revision: id }: { readonly revision: RevisionId },
): Decision<Moved> {
  return move(environment, id, 'staged');
}

/**
 * The end of a revision. Throws `revision/in-use` while it receives traffic. Earlier splits that name it are dropped from the
 * history, as there is no way back to them.
 */
export function archive(
  { environment }: Snapshot,
  { revision: id }: { readonly revision: RevisionId },
): Decision<Moved> {
  assertIdle(environment, id);
  const { environment: archived, result } = move(environment, id, 'archived');
  return { environment: { ...archived, splits: archived.splits.map((split) => forget(split, id)) }, result };
}

/** The revision of an id. Throws `revision/not-found`. */
export function findRevision(environment: Environment, id: RevisionId): Revision {
  const revision = environment.revisions.find((candidate) => candidate.id === id);
  if (revision === undefined) throw new GreenticError('revision/not-found', `There is no revision ${id}.`);
  return revision;
}

type Observed = Partial<Pick<Revision, 'endpoint' | 'witness' | 'failure'>>;

/** The revision in another state; only a revision that keeps serving keeps what was observed of it. */
function move(environment: Environment, id: RevisionId, to: RevisionState, facts: Observed = {}): Decision<Moved> {
  const revision = findRevision(environment, id);
  assertTransition(revision, to);
  const { endpoint, witness, failure: _outdated, ...rest } = revision;
  const kept = to === 'draining' && endpoint !== undefined && witness !== undefined ? { endpoint, witness } : {};
  const moved = { ...rest, ...kept, ...facts, state: to } as Revision;
  const revisions = environment.revisions.map((other) => (other === revision ? moved : other));
  return { environment: { ...environment, revisions }, result: { revision: id, state: to } };
}

function assertIdle(environment: Environment, id: RevisionId): void {
  findRevision(environment, id);
  const weight =
    environment.splits.flatMap((split) => split.entries).find((entry) => entry.revision === id)?.weightBps ?? 0;
  if (weight > 0)
    throw new GreenticError('revision/in-use', `${id} receives ${weight} of 10000 basis points.`, {
      details: { weightBps: weight },
    });
}

/** The split without a revision of no weight. Other entries are another generation, as the router keeps its count by it. */
function forget(split: TrafficSplit, id: RevisionId): TrafficSplit {
  const names = (entries: TrafficSplit['entries']) => entries.some((entry) => entry.revision === id);
  const history = split.history.filter((entries) => !names(entries));
  if (!names(split.entries)) return { ...split, history };
  const entries = split.entries.filter((entry) => entry.revision !== id);
  return { ...split, entries, history, generation: split.generation + 1 };
}
