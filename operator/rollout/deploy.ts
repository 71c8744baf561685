import { type ArtifactName, type DeploymentId, Label, type RevisionId, TOTAL_BPS } from '@greentic/core';
import type { InstallPorts } from '../packs/installation.ts';
import { addDeployment } from '../verbs/deployments.ts';
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
  await ports.runtime.assertReachable();
  const deployment = await ensureDeployment(ports, order);
  const { revision } = await stage(ports, installPorts, { deployment, name: order.name, range: order.range });
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
): Promise<DeploymentId> {
  const bundle = Label.parse(artifact.slice(artifact.lastIndexOf('.') + 1));
  const id = `${bundle}.${customer}` as DeploymentId;
  const { environment } = await store.read(name);
  if (environment.deployments.some((deployment) => deployment.id === id)) return id;
  const input = { bundle, customer, ...(route === undefined ? {} : { route }) };
  const { result } = await store.mutate(name, {
    verb: 'bundles.add',
    target: id,
    input,
    decide: (snapshot, now) => addDeployment(snapshot, input, now),
  });
  return result.deployment;
}
