import * as z from 'zod';
import { Digest } from '../digest.ts';
import { type Environment, Route } from './environment.ts';
import { DeploymentId, EnvironmentName, Label, RevisionId } from './name.ts';
import { RevisionState } from './revision.ts';
import { SplitEntry } from './traffic-split.ts';

const Target = z.strictObject({
  revision: RevisionId,
  bundleDigest: Digest,
  state: RevisionState,
  /** `http://host:port` or `unix:<path>`. */
  endpoint: z.string(),
});

const RoutedDeployment = z.strictObject({
  deployment: DeploymentId,
  customer: Label,
  route: Route,
  /** Generation of the split; 0 while the dial was never set. */
  splitGeneration: z.int().min(0),
  entries: z.array(SplitEntry),
  /** Every revision that can answer: ready or draining. */
  targets: z.array(Target),
});

/** What the router serves: a pure projection of an environment. */
export const RuntimeConfig = z.strictObject({
  schema: z.literal('greentic.runtime-config/1'),
  environment: EnvironmentName,
  /** The environment's generation this was projected from. */
  generation: z.int().min(1),
  deployments: z.array(RoutedDeployment),
});
export type RuntimeConfig = z.infer<typeof RuntimeConfig>;

/** One deployment as the router serves it. */
export type RoutedDeployment = z.infer<typeof RoutedDeployment>;

/** Projects an environment to what its router serves. */
export function projectRuntimeConfig(environment: Environment): RuntimeConfig {
  return {
    schema: 'greentic.runtime-config/1',
    environment: environment.name,
    generation: environment.generation,
    deployments: environment.deployments.map((deployment) => {
      const split = environment.splits.find((candidate) => candidate.deployment === deployment.id);
      return {
        deployment: deployment.id,
        customer: deployment.customer,
        route: deployment.route,
        splitGeneration: split?.generation ?? 0,
        entries: split?.entries ?? [],
        targets: environment.revisions.flatMap((revision) =>
          revision.deployment === deployment.id && isServing(revision.state) && revision.endpoint !== undefined
            ? [
                {
                  revision: revision.id,
                  bundleDigest: revision.bundle.digest,
                  state: revision.state,
                  endpoint: revision.endpoint,
                },
              ]
            : [],
        ),
      };
    }),
  };
}

function isServing(state: RevisionState): boolean {
  return state === 'ready' || state === 'draining';
}
