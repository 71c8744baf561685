import { GreenticError, type RevisionId } from '@greentic/core';
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
 * Takes a revision out of service: no new requests, running ones end, then its worker stops and it is `inactive`. Throws
 * `revision/in-use` while it has traffic, `deploy/not-ready` when it still runs after the time.
 */
export async function drain(
  ports: RolloutPorts,
  revision: RevisionId,
  { drainedWithinMs = 60_000 } = {},
): Promise<Moved> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const { snapshot } = await store.mutate(name, {
    verb: 'revisions.drain',
    target: revision,
    input: { revision },
    decide: (before) => drainRevision(before, { revision }),
  });
  await runtime.reload(snapshot.environment.generation);
  const deployer = await ports.deployer();
  await deployer.drain({ environment: name, revision });
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

/** Ends a revision for good: it is archived, then its platform removes it. Throws `revision/in-use` while it has traffic. */
export async function archive(ports: RolloutPorts, revision: RevisionId): Promise<Moved> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const known = findRevision((await store.read(name)).environment, revision);
  if (known.state === 'ready') await drain(ports, revision);
  const { result, snapshot } = await store.mutate(name, {
    verb: 'revisions.archive',
    target: revision,
    input: { revision },
    decide: (before) => archiveRevision(before, { revision }),
  });
  await runtime.reload(snapshot.environment.generation);
  await (await ports.deployer()).archive({ environment: name, revision });
  return result;
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
