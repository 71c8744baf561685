import {
  type ArtifactName,
  ArtifactPin,
  type DeploymentId,
  type Environment,
  GreenticError,
  isGreenticError,
  type Json,
  type RevisionId,
  type RevisionSpec,
} from '@greentic/core';
import { withEntry } from '@greentic/registry';
import { type InstallPorts, install } from '../packs/installation.ts';
import { assertSameRoot, changeLock, withLock } from '../packs/lock.ts';
import { findDeployment } from '../verbs/deployments.ts';
import { findRevision, type Moved, markFailed, stageRevision } from '../verbs/revisions.ts';
import type { RolloutPorts } from './ports.ts';

/** Which bundle becomes the next revision of which deployment. */
export interface StageOrder {
  readonly deployment: DeploymentId;
  readonly name: ArtifactName;
  /** An exact version or a range. */
  readonly range: string;
  readonly idempotencyKey?: string;
}

/**
 * Installs a bundle by name, freezes it as the next revision of a deployment, and tells the deployer. A deployer that refuses
 * leaves the revision failed, with its reason. Throws as installing and `stageRevision` do, and what the deployer throws.
 */
export async function stage(ports: RolloutPorts, installPorts: InstallPorts, order: StageOrder): Promise<Moved> {
  const { store, environment: name } = ports;
  findDeployment((await store.read(name)).environment, order.deployment);
  const { artifact, decision, lockEntry } = await install(
    installPorts,
    name,
    { ...order, kind: 'bundle' },
    'revisions.stage',
  );
  const bundle = ArtifactPin.parse({ name: artifact.name, version: artifact.version, digest: artifact.digest });
  const { result, replayed, snapshot } = await store.mutate(name, {
    verb: 'revisions.stage',
    target: order.deployment,
    input: { deployment: order.deployment, bundle },
    admission: decision as unknown as Json,
    ...(order.idempotencyKey === undefined ? {} : { idempotencyKey: order.idempotencyKey }),
    decide: (before, now) => {
      assertSameRoot(before, lockEntry);
      const lock = changeLock(before, (former) => withEntry(former, lockEntry));
      return withLock(stageRevision(before, { deployment: order.deployment, bundle }, now), lock);
    },
  });
  if (replayed) return result;
  ports.onProgress?.(`staged ${result.revision}`);
  const spec = specOf(snapshot.environment, result.revision);
  await orFail(ports, result.revision, async () => {
    await (await ports.deployer()).stage({ revision: spec });
  });
  return result;
}

/** What a platform is told of a revision. Throws `revision/not-found`. */
export function specOf(environment: Environment, id: RevisionId): RevisionSpec {
  const { deployment, bundle } = findRevision(environment, id);
  const { customer } = findDeployment(environment, deployment);
  // A pin as a later version of the document may have it carries more than the contract has words for.
  const { name, version, digest } = bundle;
  return { environment: environment.name, deployment, customer, revision: id, bundle: { name, version, digest } };
}

/** Runs a step with the platform; when it fails, the revision is failed for the same reason. */
export async function orFail<T>(ports: RolloutPorts, revision: RevisionId, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    await fail(ports, revision, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** A revision that somebody else brought to service or ended meanwhile is not failed for what this step met. */
async function fail({ store, environment }: RolloutPorts, revision: RevisionId, message: string): Promise<void> {
  try {
    await store.mutate(environment, {
      verb: 'revisions.fail',
      target: revision,
      input: { revision, message },
      decide: (snapshot) => {
        const { state } = findRevision(snapshot.environment, revision);
        if (state === 'ready') throw new GreenticError('revision/transition', `${revision} is ready by now.`);
        return markFailed(snapshot, { revision, message });
      },
    });
  } catch (error) {
    if (!isGreenticError(error, 'revision/transition', 'revision/in-use')) throw error;
  }
}
