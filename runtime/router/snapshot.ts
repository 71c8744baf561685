import { assertEntries, GreenticError, type RoutedDeployment, type RuntimeConfig } from '@greentic/core';
import { createExactPicker, type ExactPicker } from './exact-pick.ts';
import type { DeploymentView } from './pick.ts';
import { cookieName } from './revision-cookie.ts';
import { type RouteTable, tabulateRoutes } from './route.ts';
import { startTally, type Tally } from './tally.ts';
import { parseEndpoint } from './upstream.ts';

/** A deployment as the router serves it. */
export interface ServedDeployment extends DeploymentView {
  readonly customer: string;
  readonly pathPrefix: string;
  /** Endpoint of each revision that can answer. */
  readonly endpoints: ReadonlyMap<string, string>;
  readonly splitGeneration: number;
  /** Counts since the split's generation began. */
  readonly tally: Tally;
  /** Which entries the picker picks among; while it stays, so does the picker. */
  readonly pickKey: string;
}

/** One configuration, compiled: what a request sees from its first byte to the choice of its revision. */
export interface Snapshot {
  readonly environment: string;
  readonly generation: number;
  readonly deployments: ReadonlyMap<string, ServedDeployment>;
  readonly routes: RouteTable<ServedDeployment>;
  readonly endpoints: ReadonlySet<string>;
}

/**
 * Compiles a configuration. Pickers and counts are taken over from the one before where the split's generation is the
 * same, so that reloading for another reason moves nobody's share.
 *
 * Throws `runtime/config-invalid`, `traffic/entry`, `traffic/sum` or `deployment/route-conflict`.
 */
export function compileSnapshot(config: RuntimeConfig, before: Snapshot | undefined): Snapshot {
  const deployments = new Map<string, ServedDeployment>();
  for (const routed of config.deployments) {
    if (deployments.has(routed.deployment)) {
      throw new GreenticError('runtime/config-invalid', `Deployment ${routed.deployment} is named twice.`);
    }
    const served = serve(config.environment, routed, before?.deployments.get(routed.deployment));
    deployments.set(routed.deployment, served);
  }
  const routes = tabulateRoutes(
    config.deployments.map(({ route, deployment }) => ({ route, to: deployments.get(deployment) as ServedDeployment })),
  );
  const endpoints = new Set([...deployments.values()].flatMap((served) => [...served.endpoints.values()]));
  return { environment: config.environment, generation: config.generation, deployments, routes, endpoints };
}

function serve(environment: string, routed: RoutedDeployment, before: ServedDeployment | undefined): ServedDeployment {
  if (routed.entries.length > 0) assertEntries(routed.entries);
  for (const { endpoint } of routed.targets) parseEndpoint(endpoint);
  const states = new Map(routed.targets.map(({ revision, state }) => [revision as string, state]));
  const weighted = routed.entries.filter(
    ({ revision, weightBps }) => weightBps > 0 && states.get(revision) === 'ready',
  );
  const draining = routed.targets.filter(({ state }) => state === 'draining');
  const pickKey = weighted.map(({ revision, weightBps }) => `${revision}=${weightBps}`).join(' ');
  const sameSplit = before !== undefined && before.splitGeneration === routed.splitGeneration;
  return {
    environment,
    deployment: routed.deployment,
    customer: routed.customer,
    pathPrefix: routed.route.pathPrefix,
    cookieName: cookieName(routed.deployment),
    targets: new Set(states.keys()),
    endpoints: new Map(routed.targets.map(({ revision, endpoint }) => [revision, endpoint])),
    keeps: new Set([...weighted, ...draining].map(({ revision }) => revision)),
    open: weighted.map(({ revision }) => revision),
    picker:
      sameSplit && before.pickKey === pickKey ? before.picker : pickerOf(weighted.map(({ weightBps }) => weightBps)),
    pickKey,
    splitGeneration: routed.splitGeneration,
    tally: sameSplit ? before.tally : startTally(),
  };
}

function pickerOf(weights: readonly number[]): ExactPicker {
  return weights.length > 0 ? createExactPicker(weights) : { next: () => -1 };
}
