import { type DeploymentId, decode, Label } from '@greentic/core';
import { addDeployment, removeDeployment } from '@greentic/operator';
import type { Invocation } from '../commands/command.ts';
import { parseDeployment } from '../reference.ts';
import { environmentName } from '../session.ts';

/** Where a deployment answers, from the command line. */
export interface RouteOptions {
  readonly host?: readonly string[];
  readonly pathPrefix?: string;
}

/** The route of these options; undefined when none was given. */
export function routeOf({ host, pathPrefix }: RouteOptions): { hosts?: readonly string[]; pathPrefix?: string } {
  return { ...(host === undefined ? {} : { hosts: host }), ...(pathPrefix === undefined ? {} : { pathPrefix }) };
}

/** `op bundles add` */
export async function add({
  session,
  args: [text = '', bundle = '', customer = ''],
  options,
}: Invocation<RouteOptions>): Promise<void> {
  const label = (value: string, what: string) => decode(Label, value, 'input/invalid', what);
  const input = {
    bundle: label(bundle, 'The bundle'),
    customer: label(customer, 'The customer'),
    route: routeOf(options),
  };
  const { result } = await session.store.mutate(environmentName(text), {
    verb: 'bundles.add',
    target: `${input.bundle}.${input.customer}`,
    input,
    decide: (snapshot, now) => addDeployment(snapshot, input, now),
  });
  session.output.result(result, ({ deployment }) => `Deployment ${deployment} is there.`);
}

/** `op bundles list` */
export async function list({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const { environment } = await session.store.read(environmentName(text));
  session.output.result(environment.deployments, (all) => ({
    head: ['deployment', 'customer', 'hosts', 'paths', 'revisions'],
    rows: all.map(({ id, customer, route }) => [
      id,
      customer,
      route.hosts.join(', ') || '(any)',
      route.pathPrefix,
      revisionsOf(id),
    ]),
  }));

  function revisionsOf(id: DeploymentId): string {
    return String(
      environment.revisions.filter((revision) => revision.deployment === id && revision.state !== 'archived').length,
    );
  }
}

/** `op bundles remove` */
export async function remove({ session, args: [text = '', id = ''] }: Invocation<object>): Promise<void> {
  const deployment = parseDeployment(id);
  const { result } = await session.store.mutate(environmentName(text), {
    verb: 'bundles.remove',
    target: deployment,
    input: { deployment },
    decide: (snapshot) => removeDeployment(snapshot, { deployment }),
  });
  session.output.result(result, () => `Deployment ${deployment} is gone.`);
}
