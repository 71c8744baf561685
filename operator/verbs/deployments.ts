import {
  Deployment,
  type DeploymentId,
  decode,
  type Environment,
  GreenticError,
  type Label,
  Route,
} from '@greentic/core';
import * as z from 'zod';
import type { Decision, Snapshot } from '../decision.ts';
import { lastOf, retire } from './retired.ts';
import { conflictingDeployment } from './route-conflict.ts';

/** The router lets no request through to any other path, so a deployment there would answer nobody. */
const ReachablePath = z
  .string()
  .regex(/^(?!.*\/\.{1,2}(?:\/|$))/, 'must not have dot segments')
  .regex(/^(?!\/\.well-known\/greentic)/i, 'must not lie below /.well-known/greentic, which is the router’s own');

const HostName = z
  .string()
  .regex(/^[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*$/, 'must be a host name without port');

/** A customer's copy of a bundle, and where its requests come in. */
export interface AddDeployment {
  readonly bundle: Label;
  readonly customer: Label;
  /** Any host and the path prefix `/` unless told. */
  readonly route?: { readonly hosts?: readonly string[]; readonly pathPrefix?: string };
}

/** Throws `deployment/exists`, `deployment/route-conflict`, and `input/invalid` for a malformed route. */
export function addDeployment(
  { environment }: Snapshot,
  { bundle, customer, route = {} }: AddDeployment,
  now: Date,
): Decision<{ deployment: DeploymentId }> {
  const id = `${bundle}.${customer}` as DeploymentId;
  if (environment.deployments.some((other) => other.id === id)) {
    throw new GreenticError('deployment/exists', `${customer} has ${bundle} deployed already.`);
  }
  const nextSequence = lastOf(environment, `sequence:${id}`) + 1;
  const fields = { id, bundle, customer, route: decodeRoute(route), nextSequence, createdAt: now.toISOString() };
  const deployment = decode(Deployment, fields, 'input/invalid', 'The deployment');
  const rival = conflictingDeployment(environment.deployments, deployment.route);
  if (rival !== undefined) {
    throw new GreenticError('deployment/route-conflict', `${rival.id} answers on this route.`, {
      details: { deployment: rival.id },
    });
  }
  return {
    environment: { ...environment, deployments: [...environment.deployments, deployment] },
    result: { deployment: id },
  };
}

/** Throws `deployment/not-found`, and `bundle/in-use` while it has a split or a revision that is not archived. */
export function removeDeployment(
  { environment }: Snapshot,
  { deployment: id }: { readonly deployment: DeploymentId },
): Decision<{ deployment: DeploymentId }> {
  const deployment = findDeployment(environment, id);
  const running = environment.revisions.filter(
    (revision) => revision.deployment === id && revision.state !== 'archived',
  );
  const hasTraffic = environment.splits.some((split) => split.deployment === id);
  if (running.length > 0 || hasTraffic) {
    const reasons = [...(hasTraffic ? ['traffic'] : []), ...running.map((revision) => revision.id)];
    throw new GreenticError('bundle/in-use', `${id} still has ${reasons.slice(0, 5).join(', ')}.`);
  }
  const remaining = {
    ...environment,
    deployments: environment.deployments.filter((other) => other !== deployment),
    revisions: environment.revisions.filter((revision) => revision.deployment !== id),
  };
  return { environment: retire(remaining, `sequence:${id}`, deployment.nextSequence - 1), result: { deployment: id } };
}

/** The deployment of an id. Throws `deployment/not-found`. */
export function findDeployment(environment: Environment, id: DeploymentId): Deployment {
  const deployment = environment.deployments.find((candidate) => candidate.id === id);
  if (deployment === undefined) throw new GreenticError('deployment/not-found', `There is no deployment ${id}.`);
  return deployment;
}

/** Host names do not tell cases apart, so they are kept in lower case, each once. */
function decodeRoute({ hosts = [], pathPrefix = '/' }: NonNullable<AddDeployment['route']>): Route {
  const names = [...new Set(hosts.map((host) => host.toLowerCase()))];
  const route = decode(Route, { hosts: names, pathPrefix }, 'input/invalid', 'The route');
  decode(z.array(HostName), route.hosts, 'input/invalid', 'The hosts of the route');
  decode(ReachablePath, route.pathPrefix, 'input/invalid', 'The path prefix of the route');
  return route;
}
