import {
  assertEntries,
  type DeploymentId,
  decode,
  type Environment,
  GreenticError,
  type SplitEntry,
  TrafficSplit,
} from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';
import { findDeployment } from './deployments.ts';
import { lastOf, retire } from './retired.ts';
import { findRevision } from './revisions.ts';

const HISTORY_KEPT = 20;

/** Where the dial of a deployment stands. */
export interface Dial {
  readonly deployment: DeploymentId;
  readonly generation: number;
  readonly entries: readonly SplitEntry[];
}

/**
 * Moves the dial. Throws `deployment/not-found`, `revision/not-found`, `traffic/entry` for a revision of another deployment or
 * one named twice, `traffic/sum`, and `traffic/not-ready` for weight on a revision that is not ready.
 */
export function setTraffic(
  { environment }: Snapshot,
  input: { readonly deployment: DeploymentId; readonly entries: readonly SplitEntry[]; readonly updatedBy: string },
  now: Date,
): Decision<Dial> {
  const split = findSplit(environment, input.deployment);
  const history = split === undefined ? [] : [split.entries, ...split.history].slice(0, HISTORY_KEPT);
  return turn(environment, split, { ...input, history }, now);
}

/**
 * Goes back to the split before the present one, as a new generation; repeated, one further back. Throws `traffic/no-history`,
 * and `traffic/not-ready` when a revision that had weight is not ready any more.
 */
export function rollbackTraffic(
  { environment }: Snapshot,
  { deployment, updatedBy }: { readonly deployment: DeploymentId; readonly updatedBy: string },
  now: Date,
): Decision<Dial> {
  const split = findSplit(environment, deployment);
  const [entries, ...history] = split?.history ?? [];
  if (entries === undefined) throw new GreenticError('traffic/no-history', `${deployment} has no earlier split.`);
  return turn(environment, split, { deployment, entries, updatedBy, history }, now);
}

/** Takes the dial away: the deployment answers nobody, and its history ends. Throws `deployment/not-found`. No dial is fine. */
export function clearTraffic(
  { environment }: Snapshot,
  { deployment }: { readonly deployment: DeploymentId },
): Decision<{ deployment: DeploymentId }> {
  const split = findSplit(environment, deployment);
  const splits = environment.splits.filter((other) => other !== split);
  const cleared = retire({ ...environment, splits }, `split:${deployment}`, split?.generation ?? 0);
  return { environment: cleared, result: { deployment } };
}

interface Turn {
  readonly deployment: DeploymentId;
  readonly entries: readonly SplitEntry[];
  readonly history: readonly (readonly SplitEntry[])[];
  readonly updatedBy: string;
}

function turn(
  environment: Environment,
  split: TrafficSplit | undefined,
  { deployment, entries, history, updatedBy }: Turn,
  now: Date,
): Decision<Dial> {
  assertEntries(entries);
  for (const entry of entries) assertTarget(environment, deployment, entry);
  const generation = (split?.generation ?? lastOf(environment, `split:${deployment}`)) + 1;
  const fields = { ...split, deployment, generation, entries, updatedAt: now.toISOString(), updatedBy, history };
  const turned = decode(TrafficSplit, fields, 'input/invalid', 'The split');
  const splits =
    split === undefined
      ? [...environment.splits, turned]
      : environment.splits.map((other) => (other === split ? turned : other));
  return { environment: { ...environment, splits }, result: { deployment, generation, entries: turned.entries } };
}

function assertTarget(
  environment: Environment,
  deployment: DeploymentId,
  { revision: id, weightBps }: SplitEntry,
): void {
  const revision = findRevision(environment, id);
  if (revision.deployment !== deployment) {
    throw new GreenticError('traffic/entry', `Revision ${id} belongs to ${revision.deployment}, not to ${deployment}.`);
  }
  if (revision.state === 'archived' || (weightBps > 0 && revision.state !== 'ready')) {
    throw new GreenticError('traffic/not-ready', `Revision ${id} is ${revision.state}, not ready.`, {
      details: { state: revision.state },
    });
  }
}

function findSplit(environment: Environment, id: DeploymentId): TrafficSplit | undefined {
  findDeployment(environment, id);
  return environment.splits.find((split) => split.deployment === id);
}
