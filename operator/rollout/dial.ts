import type { DeploymentId, SplitEntry } from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';
import type { Outcome } from '../store/environment-store.ts';
import { clearTraffic, type Dial, rollbackTraffic, setTraffic } from '../verbs/traffic.ts';
import type { RolloutPorts } from './ports.ts';

/** How a move of the dial is guarded. */
export interface DialGuard {
  /** The generation of the environment the operator looked at; another one is `env/stale`. */
  readonly ifGeneration: number;
  readonly updatedBy: string;
  readonly idempotencyKey?: string;
}

/**
 * Moves the dial and returns when the router serves the new split. Throws `runtime/unreachable` before anything is changed,
 * `env/stale` when somebody else changed the environment since, what `setTraffic` throws, and `runtime/not-acknowledged`.
 */
export async function turnDial(
  ports: RolloutPorts,
  input: { deployment: DeploymentId; entries: readonly SplitEntry[] },
  guard: DialGuard,
): Promise<Dial> {
  const { store, environment: name, runtime } = ports;
  await runtime.assertReachable();
  const decide = (before: Snapshot, now: Date) => setTraffic(before, { ...input, updatedBy: guard.updatedBy }, now);
  const snapshot = await store.read(name);
  // A split that will be refused is not shown to the platform; at another generation it is refused, or was made before.
  if (snapshot.environment.generation === guard.ifGeneration) {
    decide(snapshot, ports.now());
    const entries = input.entries.map(({ revision, weightBps }) => ({ revision, weightBps }));
    await (await ports.deployer()).applySplit({ environment: name, deployment: input.deployment, entries });
  }
  return await move(ports, 'traffic.set', input, guard, decide);
}

/** Goes back to the split before. The revisions run already, so no deployer is asked. Throws `traffic/no-history`. */
export async function rollbackDial(
  ports: RolloutPorts,
  input: { deployment: DeploymentId },
  guard: DialGuard,
): Promise<Dial> {
  await ports.runtime.assertReachable();
  return await move(ports, 'traffic.rollback', input, guard, (snapshot, now) => {
    return rollbackTraffic(snapshot, { ...input, updatedBy: guard.updatedBy }, now);
  });
}

/** Takes the dial away: the deployment answers nobody. */
export async function clearDial(
  ports: RolloutPorts,
  input: { deployment: DeploymentId },
  guard: DialGuard,
): Promise<{ deployment: DeploymentId }> {
  await ports.runtime.assertReachable();
  return await move(ports, 'traffic.clear', input, guard, (snapshot) => clearTraffic(snapshot, input));
}

async function move<R>(
  { store, environment, runtime }: RolloutPorts,
  verb: string,
  input: { deployment: DeploymentId },
  { ifGeneration, idempotencyKey }: DialGuard,
  decide: (snapshot: Snapshot, now: Date) => Decision<R>,
): Promise<R> {
  const outcome: Outcome<R> = await store.mutate(environment, {
    verb,
    target: input.deployment,
    input,
    ifGeneration,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    decide,
  });
  await runtime.reload(outcome.snapshot.environment.generation);
  return outcome.result;
}
