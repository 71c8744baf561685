import { GreenticError, isGreenticError, type Revision, type RevisionId } from '@greentic/core';
import { findRevision, type Moved, markReady, markWarming } from '../verbs/revisions.ts';
import type { RolloutPorts } from './ports.ts';
import { orFail } from './staging.ts';

const POLL_MS = 50;

/**
 * Starts a staged revision and returns when a witness saw it: the worker itself answered with this revision and this bundle's
 * digest. A revision that does not get there within the time is failed. Throws `runtime/unreachable` before anything is
 * changed, `deploy/not-ready`, `witness/mismatch`, and what the deployer throws.
 */
export async function warm(ports: RolloutPorts, revision: RevisionId, { readyWithinMs = 30_000 } = {}): Promise<Moved> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const known = findRevision((await store.read(name)).environment, revision);
  if (known.state === 'ready') return { revision, state: 'ready' };
  await store.mutate(name, {
    verb: 'revisions.warm',
    target: revision,
    input: { revision },
    decide: (snapshot) => markWarming(snapshot, { revision }),
  });
  ports.onProgress?.(`warming ${revision}`);
  const facts = await orFail(ports, revision, async () => {
    await (await ports.deployer()).warm({ environment: name, revision });
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
