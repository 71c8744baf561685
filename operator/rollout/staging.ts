import { type ArtifactName, ArtifactPin, type DeploymentId, type Json, type RevisionId } from '@greentic/core';
import { withEntry } from '@greentic/registry';
import { type InstallPorts, install } from '../packs/installation.ts';
import { changeLock, withLock } from '../packs/lock.ts';
import { findDeployment } from '../verbs/deployments.ts';
import { type Moved, markFailed, stageRevision } from '../verbs/revisions.ts';
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
  const { environment } = await store.read(name);
  const { customer } = findDeployment(environment, order.deployment);
  const { artifact, decision, lockEntry } = await install(
    installPorts,
    name,
    { ...order, kind: 'bundle' },
    'revisions.stage',
  );
  const bundle = ArtifactPin.parse({ name: artifact.name, version: artifact.version, digest: artifact.digest });
  const { result, replayed } = await store.mutate(name, {
    verb: 'revisions.stage',
    target: order.deployment,
    input: { deployment: order.deployment, bundle },
    admission: decision as unknown as Json,
    ...(order.idempotencyKey === undefined ? {} : { idempotencyKey: order.idempotencyKey }),
    decide: (snapshot, now) => {
      const lock = changeLock(snapshot, (former) => withEntry(former, lockEntry));
      return withLock(stageRevision(snapshot, { deployment: order.deployment, bundle }, now), lock);
    },
  });
  if (replayed) return result;
  ports.onProgress?.(`staged ${result.revision}`);
  const spec = {
    environment: name,
    deployment: order.deployment,
    customer,
    revision: result.revision,
    bundle: pinOf(bundle),
  };
  await orFail(ports, result.revision, async () => {
    await (await ports.deployer()).stage({ revision: spec });
  });
  return result;
}

/** Runs a step with the platform; when it fails, the revision is failed for the same reason. */
export async function orFail<T>(ports: RolloutPorts, revision: RevisionId, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await ports.store.mutate(ports.environment, {
      verb: 'revisions.fail',
      target: revision,
      input: { revision, message },
      decide: (snapshot) => markFailed(snapshot, { revision, message }),
    });
    throw error;
  }
}

/** The plain pin of a bundle, without what a later version of the document may carry along. */
export function pinOf({ name, version, digest }: ArtifactPin): { name: string; version: string; digest: string } {
  return { name, version, digest };
}
