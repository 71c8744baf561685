import { GreenticError, isGreenticError, type RevisionId } from '@greentic/core';
import {
  archive as archiveRevision,
  drain as drainRevision,
  findRevision,
  type Moved,
  markInactive,
} from '../verbs/revisions.ts';
import type { RolloutPorts } from './ports.ts';

const POLL_MS = 50;

/**
 * Takes a revision out of service: no new requests, running ones end, then its worker stops and it is `inactive`. Told again,
 * it goes on where an earlier order was cut short. Throws `revision/in-use` while it has traffic, `deploy/not-ready` when it
 * still runs after the time.
 */
export async function drain(
  ports: RolloutPorts,
  revision: RevisionId,
  { drainedWithinMs = 60_000 } = {},
): Promise<Moved> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const { environment } = await store.read(name);
  const { state } = findRevision(environment, revision);
  if (state === 'inactive') return { revision, state };
  await runtime.reload(state === 'draining' ? environment.generation : await begin(ports, revision));
  await stopOn(ports, revision);
  await observeGone(ports, revision, drainedWithinMs);
  const outcome = await store.mutate(name, {
    verb: 'revisions.drained',
    target: revision,
    input: { revision },
    decide: (before) => markInactive(before, { revision }),
  });
  await runtime.reload(outcome.snapshot.environment.generation);
  return outcome.result;
}

/** Records that the revision takes no new requests; the generation at which it does not. */
async function begin({ store, environment }: RolloutPorts, revision: RevisionId): Promise<number> {
  const { snapshot } = await store.mutate(environment, {
    verb: 'revisions.drain',
    target: revision,
    input: { revision },
    decide: (before) => drainRevision(before, { revision }),
  });
  return snapshot.environment.generation;
}

/** Tells the platform to let a revision end. What the platform has lost has ended. */
async function stopOn({ environment, deployer }: RolloutPorts, revision: RevisionId): Promise<void> {
  try {
    await (await deployer()).drain({ environment, revision });
  } catch (error) {
    if (!isGreenticError(error, 'deploy/revision-unknown')) throw error;
  }
}

/**
 * Ends a revision for good: it is archived, then its platform removes it. Told again, it removes what an order that was cut
 * short has left on the platform. Throws `revision/in-use` while it has traffic.
 */
export async function archive(ports: RolloutPorts, revision: RevisionId): Promise<Moved> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const { environment } = await store.read(name);
  const { state } = findRevision(environment, revision);
  if (state === 'ready' || state === 'draining') await drain(ports, revision);
  await runtime.reload(state === 'archived' ? environment.generation : await end(ports, revision));
  await (await ports.deployer()).archive({ environment: name, revision });
  return { revision, state: 'archived' };
}

/** Records the end of a revision; the generation that does not know it any more. */
async function end({ store, environment }: RolloutPorts, revision: RevisionId): Promise<number> {
  const { snapshot } = await store.mutate(environment, {
    verb: 'revisions.archive',
    target: revision,
    input: { revision },
    decide: (before) => archiveRevision(before, { revision }),
  });
  return snapshot.environment.generation;
}

async function observeGone(ports: RolloutPorts, revision: RevisionId, withinMs: number): Promise<void> {
  const deployer = await ports.deployer();
  const deadline = ports.now().getTime() + withinMs;
  while (ports.now().getTime() < deadline) {
    const { revisions } = await deployer.observe({ environment: ports.environment, revisions: [revision] });
    const phase = revisions[0]?.phase;
    if (phase !== 'ready' && phase !== 'draining' && phase !== 'starting') return;
    await ports.wait(POLL_MS);
  }
  throw new GreenticError(
    'deploy/not-ready',
    `Revision ${revision} still runs ${withinMs} ms after it was told to end.`,
  );
}
