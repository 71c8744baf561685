import { isGreenticError, TOTAL_BPS } from '@greentic/core';
import { clearDial, type DialGuard, rollbackDial, turnDial } from '@greentic/operator';
import type { Invocation } from '../commands/command.ts';
import { parseDeployment, parseShare, parseWhole } from '../reference.ts';
import { withRollout } from '../rollout.ts';
import { connectRuntime } from '../serve/connection.ts';
import { environmentName, type Session } from '../session.ts';

interface GuardOptions {
  readonly ifGeneration?: string;
  readonly idempotencyKey?: string;
}

/** A move of the dial holds for the environment as the operator saw it: as told, or as this command finds it now. */
async function guardOf(
  session: Session,
  text: string,
  { ifGeneration, idempotencyKey }: GuardOptions,
): Promise<DialGuard> {
  const given = ifGeneration === undefined ? undefined : parseWhole(ifGeneration, '--if-generation');
  const { environment } = await session.store.read(environmentName(text));
  return {
    ifGeneration: given ?? environment.generation,
    updatedBy: session.user,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

/** `op traffic set` */
export async function set({
  session,
  args: [text = '', id = '', ...shares],
  options,
}: Invocation<GuardOptions>): Promise<void> {
  const guard = await guardOf(session, text, options);
  const deployment = parseDeployment(id);
  const entries = shares.map((share) => parseShare(share, deployment));
  const dial = await withRollout(session, environmentName(text), (ports) =>
    turnDial(ports, { deployment, entries }, guard),
  );
  session.output.result(
    dial,
    ({ entries: served }) =>
      `Served: ${served.map(({ revision, weightBps }) => `${revision} ${weightBps / 100} %`).join(', ')}.`,
  );
}

/** `op traffic rollback` */
export async function rollback({
  session,
  args: [text = '', id = ''],
  options,
}: Invocation<GuardOptions>): Promise<void> {
  const guard = await guardOf(session, text, options);
  const dial = await withRollout(session, environmentName(text), (ports) =>
    rollbackDial(ports, { deployment: parseDeployment(id) }, guard),
  );
  session.output.result(
    dial,
    ({ entries }) =>
      `Served again: ${entries.map(({ revision, weightBps }) => `${revision} ${weightBps / 100} %`).join(', ')}.`,
  );
}

/** `op traffic clear` */
export async function clear({ session, args: [text = '', id = ''], options }: Invocation<GuardOptions>): Promise<void> {
  const guard = await guardOf(session, text, options);
  const result = await withRollout(session, environmentName(text), (ports) =>
    clearDial(ports, { deployment: parseDeployment(id) }, guard),
  );
  session.output.result(result, ({ deployment }) => `${deployment} answers nobody.`);
}

/** `op traffic show` */
export async function show({ session, args: [text = '', id] }: Invocation<object>): Promise<void> {
  const name = environmentName(text);
  const { environment } = await session.store.read(name);
  const served = await connectRuntime(session, name)
    .status()
    .then((status) => status.router.deployments)
    .catch((error: unknown) => {
      if (isGreenticError(error, 'runtime/unreachable')) return [];
      throw error;
    });
  const dials = environment.splits.filter((split) => id === undefined || split.deployment === id);
  const result = dials.map((split) => ({
    ...split,
    served: served.find((each) => each.deployment === split.deployment) ?? null,
  }));
  session.output.result(result, (all) => ({
    head: ['deployment', 'revision', 'weight', ''],
    rows: all.flatMap(({ deployment, entries }) =>
      entries.map(({ revision, weightBps }) => [
        deployment,
        revision,
        `${weightBps / 100} %`,
        '█'.repeat(Math.round((weightBps / TOTAL_BPS) * 40)),
      ]),
    ),
  }));
}
