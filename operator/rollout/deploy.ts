import {
  type ArtifactName,
  type DeploymentId,
  GreenticError,
  isGreenticError,
  kindOf,
  Label,
  type RevisionId,
  TOTAL_BPS,
} from '@greentic/core';
import type { Snapshot } from '../decision.ts';
import type { InstallPorts } from '../packs/installation.ts';
import { addDeployment, removeDeployment } from '../verbs/deployments.ts';
import { type DialGuard, turnDial } from './dial.ts';
import type { RolloutPorts } from './ports.ts';
import { stage } from './staging.ts';
import { warm } from './warming.ts';

/** A bundle for a customer, by name. */
export interface DeployOrder {
  readonly name: ArtifactName;
  readonly range: string;
  readonly customer: Label;
  readonly route?: { hosts?: readonly string[]; pathPrefix?: string };
}

/**
 * Deploys in one go: adds the deployment if there is none, stages the bundle, warms it and, for a deployment without a dial,
 * gives it all traffic. A deployment that has traffic keeps it where it is: going live is another decision.
 */
export async function deploy(
  ports: RolloutPorts,
  installPorts: InstallPorts,
  order: DeployOrder,
  guard: Omit<DialGuard, 'ifGeneration'>,
): Promise<{ deployment: DeploymentId; revision: RevisionId; weightBps: number }> {
  const { store, environment: name } = ports;
  if (kindOf(order.name) !== 'bundle')
    throw new GreenticError('pack/slot-mismatch', `${order.name} is a pack for a slot; a bundle is deployed.`);
  await ports.runtime.assertReachable();
  const { deployment, added } = await ensureDeployment(ports, order);
  const staging = stage(ports, installPorts, { deployment, name: order.name, range: order.range });
  const { revision } = await staging.catch(async (error: unknown) => {
    if (added) await forget(ports, deployment);
    throw error;
  });
  await warm(ports, revision);
  const { environment } = await store.read(name);
  const split = environment.splits.find((candidate) => candidate.deployment === deployment);
  if (split !== undefined) return { deployment, revision, weightBps: 0 };
  const entries = [{ revision, weightBps: TOTAL_BPS }];
  await turnDial(ports, { deployment, entries }, { ...guard, ifGeneration: environment.generation });
  return { deployment, revision, weightBps: TOTAL_BPS };
}

async function ensureDeployment(
  { store, environment: name }: RolloutPorts,
  { name: artifact, customer, route }: DeployOrder,
): Promise<{ deployment: DeploymentId; added: boolean }> {
  const bundle = Label.parse(artifact.slice(artifact.lastIndexOf('.') + 1));
  const id = `${bundle}.${customer}` as DeploymentId;
  const { environment } = await store.read(name);
  if (environment.deployments.some((deployment) => deployment.id === id)) return { deployment: id, added: false };
  const input = { bundle, customer, ...(route === undefined ? {} : { route }) };
  const { result } = await store.mutate(name, {
    verb: 'bundles.add',
    target: id,
    input,
    decide: (snapshot, now) => addDeployment(snapshot, input, now),
  });
  return { deployment: result.deployment, added: true };
}

/** Takes away a deployment that nothing was staged for: its route is free again. One that somebody used meanwhile stays. */
async function forget({ store, environment: name }: RolloutPorts, deployment: DeploymentId): Promise<void> {
  const order = { deployment };
  const change = {
    verb: 'bundles.remove',
    target: deployment,
    input: order,
    decide: (snapshot: Snapshot) => removeDeployment(snapshot, order),
  };
  await store.mutate(name, change).catch((error: unknown) => {
    if (!isGreenticError(error)) throw error;
  });
}
