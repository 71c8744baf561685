import { type Answers, type ArtifactPin, type Environment, GreenticError } from '@greentic/core';
import {
  checkRevocations,
  endOverride,
  isMore,
  overrideRevocation,
  planUpdate,
  rollbackPack,
  type UpdatePlan,
  updatePack,
} from '@greentic/operator';
import { answersOf } from '../answers.ts';
import type { Invocation } from '../commands/command.ts';
import { readingAt } from '../location.ts';
import { parseCount, parseReference, parseSlot } from '../reference.ts';
import { reloadIfRunning } from '../serve/connection.ts';
import { environmentName } from '../session.ts';
import { installPorts } from './env.ts';
import { grantsOf } from './env-packs.ts';
import { statedReason } from './offering.ts';

interface UpdateOptions {
  readonly to: string;
  readonly check?: boolean;
  readonly grant?: readonly string[];
  readonly answer?: readonly string[];
  readonly answers?: string;
  readonly registry?: string;
  readonly location?: readonly string[];
}

/** `op env-packs update` */
export async function update({
  session,
  args: [text = '', slotText = ''],
  options,
}: Invocation<UpdateOptions>): Promise<void> {
  const name = environmentName(text);
  const ports = { ...installPorts(session), ...(await readingAt(session, name, options)) };
  const order = {
    slot: parseSlot(slotText),
    range: options.to,
    ...(options.registry === undefined ? {} : { registry: options.registry }),
  };
  const plan = await planUpdate(ports, name, order);
  if (options.check === true || !plan.changed) {
    session.output.result({ ...plan, applied: false }, describePlan);
    if (!plan.changed) return;
    throw new GreenticError('env/outdated', `${plan.from.name} ${plan.from.version} can move to ${plan.to.version}.`);
  }
  for (const line of describePlan(plan).split('\n')) session.output.progress(line);
  const given = options.answer !== undefined || options.answers !== undefined;
  const { snapshot, result } = await updatePack(ports, name, plan, {
    ...(options.registry === undefined ? {} : { registry: options.registry }),
    grant: (manifest, answers) => grantsOf(options.grant ?? [], manifest, answers),
    answers: async (manifest, former): Promise<Answers> =>
      given ? { ...former, ...(await answersOf(options, manifest.questions)) } : former,
  });
  await reloadIfRunning(session, name, snapshot.environment.generation);
  session.output.result(
    { ...plan, ...result, applied: true },
    ({ to, slot }) => `${to.name} ${to.version} fills the slot ${slot} (${to.digest}).`,
  );
}

/** What an update changes, for people. */
export function describePlan({ from, to, changed, evidence, permissions }: UpdatePlan): string {
  if (!changed) return `${from.name} ${from.version} is what this asks for already.`;
  const asked = permissions.map(
    (each) =>
      `  ${isMore(each) ? '+' : '-'} ${each.permission} ${each.change}${each.optional ? ' (optional)' : ''}: ${each.reason}`,
  );
  return [
    `${from.name} ${from.version} → ${to.version}`,
    '  rested on:',
    ...evidence.before.map((line) => `    ${line}`),
    '  rests on:',
    ...evidence.after.map((line) => `    ${line}`),
    ...(asked.length === 0 ? ['  asks for what it asked for before'] : ['  asks for:', ...asked]),
  ].join('\n');
}

/** `op env-packs rollback` */
export async function rollback({ session, args: [text = '', slotText = ''] }: Invocation<object>): Promise<void> {
  const name = environmentName(text);
  const { result, decision, snapshot } = await rollbackPack(session, name, parseSlot(slotText));
  await reloadIfRunning(session, name, snapshot.environment.generation);
  const { version, digest } = decision.artifact;
  session.output.result(
    { ...result, name: decision.artifact.name, version, digest },
    (back) => `${back.name} ${back.version} fills the slot ${back.slot} again (${back.digest}).`,
  );
}

/** `op env-packs check` */
export async function check({ session, args: [text = ''], options }: Invocation<{ lift?: boolean }>): Promise<void> {
  const name = environmentName(text);
  const found = await checkRevocations(session, name, { lift: options.lift === true });
  if (found.changed) await reloadIfRunning(session, name, found.generation);
  session.output.result(found, ({ revoked }) => ({
    head: ['revoked', 'version', 'in use as', 'severity', 'since', 'reason'],
    rows: revoked.map((each) => [
      each.name,
      each.version,
      [...each.slots, ...each.revisions].join(', '),
      each.severity,
      each.since,
      each.reason,
    ]),
  }));
  for (const { name: pack, version } of found.liftable)
    session.output.progress(
      `Its registry says no more that ${pack} ${version} is revoked: --lift takes it off the record`,
    );
  for (const { registry, error } of found.failed) {
    session.output.progress(`The registry ${registry} could not be asked: ${error.message}`);
  }
  const [failure] = found.failed;
  if (failure !== undefined) throw new GreenticError(failure.error.code, failure.error.message);
  const stopped = found.revoked.find(({ slots, revisions }) => slots.length + revisions.length > 0);
  if (stopped !== undefined)
    throw new GreenticError('pack/revoked', `${stopped.name} ${stopped.version} is revoked: ${stopped.reason}`);
}

interface OverrideOptions {
  readonly hours: string;
  readonly reason?: string;
  readonly undo?: boolean;
}

/** `op env-packs override` */
export async function override({
  session,
  args: [text = '', what = ''],
  options,
}: Invocation<OverrideOptions>): Promise<void> {
  const name = environmentName(text);
  const reason = statedReason(options);
  const pack = pinOf((await session.store.read(name)).environment, what);
  const { digest } = pack;
  const hours = parseCount(options.hours, '--hours');
  const { result, snapshot } = await session.store.mutate<object>(name, {
    verb: 'env-packs.override',
    target: what,
    input: { digest, reason: reason ?? null, hours },
    decide: (current, now) =>
      reason === undefined
        ? endOverride(current, { digest })
        : overrideRevocation(current, { digest, reason, hours, by: session.user }, now),
  });
  await reloadIfRunning(session, name, snapshot.environment.generation);
  session.output.result({ name: pack.name, version: pack.version, ...result }, () =>
    reason === undefined
      ? `The revocation of ${pack.name} ${pack.version} counts again.`
      : `${pack.name} ${pack.version} may run for ${hours} hours more.`,
  );
}

/** What an override is about: the pack of a slot, or `<name>@<version>` of a bundle or a former pack that is on record as revoked. */
function pinOf({ bindings, revocations = [] }: Environment, what: string): ArtifactPin {
  if (what.includes('@')) {
    const { name, range } = parseReference(what);
    const recorded = revocations.find((each) => each.name === name && each.version === range);
    if (recorded !== undefined) return recorded;
    throw new GreenticError('pack/not-revoked', `No registry withdrew ${what}, as far as is known here.`);
  }
  const slot = parseSlot(what);
  const pack = bindings.find((binding) => binding.slot === slot)?.pack;
  if (pack !== undefined) return pack;
  throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot}.`);
}
