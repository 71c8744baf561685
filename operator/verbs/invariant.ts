import {
  assertEntries,
  type Environment,
  GreenticError,
  isGreenticError,
  type Revision,
  type TrafficSplit,
} from '@greentic/core';
import { counters } from './retired.ts';
import { conflictingDeployment } from './route-conflict.ts';

/**
 * Throws `env/invalid`, with the path of the field, unless the parts of an environment agree: one binding per slot, unique ids,
 * every revision and split of an existing deployment and named after it, no sequence beyond the next one, an endpoint and a
 * witness of the same identity where traffic can go, weights only on what serves and adding up, no two deployments on one route.
 */
export function assertEnvironment(environment: Environment): void {
  assertUnique('bindings', environment.bindings, (binding) => binding.slot);
  assertUnique('deployments', environment.deployments, (deployment) => deployment.id);
  assertUnique('revisions', environment.revisions, (revision) => revision.id);
  assertUnique('splits', environment.splits, (split) => split.deployment);
  for (const [i, { id, bundle, customer, route }] of environment.deployments.entries()) {
    check(id === `${bundle}.${customer}`, `deployments.${i}.id`, `is not ${bundle}.${customer}`);
    const rival = conflictingDeployment(environment.deployments.slice(0, i), route);
    check(rival === undefined, `deployments.${i}.route`, `is taken by ${rival?.id}`);
  }
  for (const [i, revision] of environment.revisions.entries()) assertRevision(environment, revision, `revisions.${i}`);
  for (const [i, split] of environment.splits.entries()) assertSplit(environment, split, `splits.${i}`);
  counters(environment);
}

function assertRevision(environment: Environment, revision: Revision, path: string): void {
  const { id, deployment, sequence, state, endpoint, witness, bundle } = revision;
  const owner = environment.deployments.find((candidate) => candidate.id === deployment);
  if (owner === undefined) throw invalid(`${path}.deployment`, `names ${deployment}, which does not exist`);
  check(id === `${deployment}.${sequence}`, `${path}.id`, `is not ${deployment}.${sequence}`);
  check(sequence < owner.nextSequence, `${path}.sequence`, 'was not given out yet');
  const serves = state === 'ready' || state === 'draining';
  check(
    serves === (endpoint !== undefined),
    `${path}.endpoint`,
    serves ? 'is missing' : `is given, but the revision is ${state}`,
  );
  check(
    serves === (witness !== undefined),
    `${path}.witness`,
    serves ? 'is missing' : `is given, but the revision is ${state}`,
  );
  if (witness === undefined) return;
  check(
    witness.revision === id && witness.bundleDigest === bundle.digest,
    `${path}.witness`,
    'is about something else',
  );
}

function assertSplit(environment: Environment, split: TrafficSplit, path: string): void {
  const exists = environment.deployments.some(({ id }) => id === split.deployment);
  check(exists, `${path}.deployment`, `names ${split.deployment}, which does not exist`);
  for (const [i, entries] of [split.entries, ...split.history].entries()) {
    const where = i === 0 ? `${path}.entries` : `${path}.history.${i - 1}`;
    assertWeights(entries, where);
    for (const { revision: id, weightBps } of entries) {
      const revision = environment.revisions.find((candidate) => candidate.id === id);
      if (revision === undefined) throw invalid(where, `names ${id}, which does not exist`);
      check(revision.deployment === split.deployment, where, `names ${id} of another deployment`);
      check(revision.state !== 'archived', where, `names ${id}, which is archived`);
      const serves = revision.state === 'ready' || revision.state === 'draining';
      check(i > 0 || weightBps === 0 || serves, where, `gives traffic to ${id}, which is ${revision.state}`);
    }
  }
}

function assertWeights(entries: TrafficSplit['entries'], where: string): void {
  try {
    assertEntries(entries);
  } catch (error) {
    if (!isGreenticError(error)) throw error;
    throw new GreenticError('env/invalid', `${where}: ${error.message}`, { cause: error, details: { path: where } });
  }
}

function assertUnique<T>(path: string, items: readonly T[], keyOf: (item: T) => string): void {
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    const key = keyOf(item);
    check(!seen.has(key), `${path}.${i}`, `is a second ${key}`);
    seen.add(key);
  }
}

function check(holds: boolean, path: string, problem: string): void {
  if (!holds) throw invalid(path, problem);
}

function invalid(path: string, problem: string): GreenticError {
  return new GreenticError('env/invalid', `${path} ${problem}.`, { details: { path } });
}
