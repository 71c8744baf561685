import { decode, Label } from '@greentic/core';
import {
  archive as archiveRevision,
  deploy as deployBundle,
  drain as drainRevision,
  type Moved,
  type RolloutPorts,
  stage as stageRevision,
  warm as warmRevision,
} from '@greentic/operator';
import type { Invocation } from '../commands/command.ts';
import { readingAt } from '../location.ts';
import { parseDeployment, parseReference, parseRevision } from '../reference.ts';
import { withRollout } from '../rollout.ts';
import { environmentName } from '../session.ts';
import { type RouteOptions, routeOf } from './bundles.ts';
import { installPorts } from './env.ts';

/** `op deploy` */
export async function deploy({
  session,
  args: [text = '', reference = ''],
  options,
}: Invocation<RouteOptions & { customer: string; location?: readonly string[] }>): Promise<void> {
  const name = environmentName(text);
  const from = { ...installPorts(session), ...(await readingAt(session, name, options)) };
  const customer = decode(Label, options.customer, 'input/invalid', 'The customer');
  const order = { ...parseReference(reference), customer, route: routeOf(options) };
  const result = await withRollout(session, name, (ports) =>
    deployBundle(ports, from, order, { updatedBy: session.user }),
  );
  session.output.result(result, ({ revision, weightBps }) =>
    weightBps > 0 ? `Revision ${revision} is live.` : `Revision ${revision} is ready; the dial is where it was.`,
  );
}

/** `op revisions stage` */
export async function stage({
  session,
  args: [text = '', deployment = '', reference = ''],
  options,
}: Invocation<{ location?: readonly string[] }>): Promise<void> {
  const name = environmentName(text);
  const from = { ...installPorts(session), ...(await readingAt(session, name, options)) };
  const order = { deployment: parseDeployment(deployment), ...parseReference(reference) };
  const moved = await withRollout(session, name, (ports) => stageRevision(ports, from, order));
  session.output.result(moved, told);
}

const verb = (run: (ports: RolloutPorts, revision: ReturnType<typeof parseRevision>) => Promise<Moved>) => {
  return async ({ session, args: [text = '', revision = ''] }: Invocation<object>): Promise<void> => {
    const id = parseRevision(revision);
    session.output.result(await withRollout(session, environmentName(text), (ports) => run(ports, id)), told);
  };
};

/** `op revisions warm` */
export const warm = verb((ports, revision) => warmRevision(ports, revision));

/** `op revisions drain` */
export const drain = verb((ports, revision) => drainRevision(ports, revision));

/** `op revisions archive` */
export const archive = verb((ports, revision) => archiveRevision(ports, revision));

const told = ({ revision, state }: Moved) => `Revision ${revision} is ${state}.`;

/** `op revisions list` */
export async function list({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const { environment } = await session.store.read(environmentName(text));
  const weight = (id: string) =>
    environment.splits.flatMap((split) => split.entries).find((entry) => entry.revision === id)?.weightBps ?? 0;
  const rows = environment.revisions.map((revision) => ({ ...revision, weightBps: weight(revision.id) }));
  session.output.result(rows, (all) => ({
    head: ['revision', 'bundle', 'state', 'traffic', 'note'],
    rows: all.map(({ id, bundle, state, weightBps, failure }) => [
      id,
      `${bundle.name}@${bundle.version}`,
      state,
      `${weightBps / 100} %`,
      failure ?? '',
    ]),
  }));
}
