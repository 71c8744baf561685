import { GreenticError, isGreenticError, type Revision, type RevisionId, type RevisionSpec } from '@greentic/core';
import { findRevision, type Moved, markReady, markWarming, restage } from '../verbs/revisions.ts';
import type { RolloutPorts } from './ports.ts';
import { orFail, specOf } from './staging.ts';

const POLL_MS = 50;

/**
 * Starts a revision and returns when a witness saw it: the worker itself answered with this revision and this bundle's digest.
 * A revision that does not get there within the time is failed. Told again, it goes on where an earlier order was cut short: a
 * revision left warming, one the platform never heard of, one that failed or was drained. Throws `runtime/unreachable` before
 * anything is changed, `revision/transition`, `deploy/not-ready`, `witness/mismatch`, and what the deployer throws.
 */
export async function warm(ports: RolloutPorts, revision: RevisionId, { readyWithinMs = 30_000 } = {}): Promise<Moved> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const { environment } = await store.read(name);
  const known = findRevision(environment, revision);
  if (known.state === 'ready') {
    await runtime.reload(environment.generation);
    return { revision, state: 'ready' };
  }
  await begin(ports, known);
  ports.onProgress?.(`warming ${revision}`);
  const facts = await orFail(ports, revision, async () => {
    await startOn(ports, specOf(environment, revision));
    return await observeReady(ports, known, readyWithinMs);
  });
  const { result, snapshot } = await store.mutate(name, {
    verb: 'revisions.ready',
    target: revision,
    input: { revision, ...facts },
    decide: (before) => markReady(before, { revision, ...facts }),
  });
  await runtime.reload(snapshot.environment.generation);
  ports.onProgress?.(`ready ${revision}`);
  return result;
}

/** Records that the revision is being started; one that is recorded so already was left by an order that was cut short. */
async function begin({ store, environment }: RolloutPorts, { id: revision, state }: Revision): Promise<void> {
  if (state === 'warming') return;
  await store.mutate(environment, {
    verb: 'revisions.warm',
    target: revision,
    input: { revision },
    decide: (before) => {
      const again = state === 'failed' || state === 'inactive';
      return markWarming(again ? { ...before, ...restage(before, { revision }) } : before, { revision });
    },
  });
}

/** Tells the platform to start a revision; first what it is, when the platform never heard of it or has lost it. */
async function startOn(ports: RolloutPorts, spec: RevisionSpec): Promise<void> {
  const deployer = await ports.deployer();
  const { environment, revision } = spec;
  const { revisions } = await deployer.observe({ environment, revisions: [revision] });
  if ((revisions[0]?.phase ?? 'absent') === 'absent') await deployer.stage({ revision: spec });
  await deployer.warm({ environment, revision });
}

/** Looks until the platform shows the revision ready and a witness agrees. */
async function observeReady(ports: RolloutPorts, { id, bundle }: Revision, readyWithinMs: number) {
  const deployer = await ports.deployer();
  const deadline = ports.now().getTime() + readyWithinMs;
  let last = 'nothing was seen of it';
  while (ports.now().getTime() < deadline) {
    const { revisions } = await deployer.observe({ environment: ports.environment, revisions: [id] });
    const [seen] = revisions;
    if (seen?.phase === 'failed') throw new GreenticError('deploy/not-ready', `Revision ${id} failed: ${seen.message}`);
    if (seen?.phase === 'ready' && seen.endpoint !== null) {
      const { endpoint } = seen;
      const witness = await witnessOf(ports, { revision: id, bundleDigest: bundle.digest, endpoint });
      if (witness !== undefined) return { endpoint, witness };
    }
    last = seen === undefined ? last : `${seen.phase}: ${seen.message}`;
    await ports.wait(POLL_MS);
  }
  throw new GreenticError('deploy/not-ready', `Revision ${id} was not ready within ${readyWithinMs} ms (${last}).`);
}

/** A worker that does not answer yet is looked at again; one that answers as somebody else never becomes the right one. */
async function witnessOf(ports: RolloutPorts, expected: Parameters<RolloutPorts['runtime']['witness']>[0]) {
  try {
    return await ports.runtime.witness(expected);
  } catch (error) {
    if (isGreenticError(error, 'worker/failed')) return undefined;
    throw error;
  }
}
