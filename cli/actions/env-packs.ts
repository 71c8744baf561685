import {
  type Answers,
  assertPack,
  type Grant,
  GreenticError,
  grantAll,
  kindOf,
  type PackManifest,
  permissionKey,
  SLOTS,
  widestGrant,
} from '@greentic/core';
import { type AskedPermission, addPack, assess, install, removePack, whyBound } from '@greentic/operator';
import { assertAdmitted, type Decision } from '@greentic/registry';
import { answersOf, answersSchema } from '../answers.ts';
import type { Invocation } from '../commands/command.ts';
import { readingAt } from '../location.ts';
import { parseReference, parseSlot } from '../reference.ts';
import { reloadIfRunning } from '../serve/connection.ts';
import { environmentName } from '../session.ts';
import { installPorts } from './env.ts';

interface AddOptions {
  readonly grant?: readonly string[];
  readonly answer?: readonly string[];
  readonly answers?: string;
  readonly schema?: boolean;
  readonly replace?: boolean;
  readonly registry?: string;
  readonly location?: readonly string[];
  readonly idempotencyKey?: string;
}

/** `op env-packs add` */
export async function add({
  session,
  args: [text = '', reference = ''],
  options,
}: Invocation<AddOptions>): Promise<void> {
  const name = environmentName(text);
  const ports = { ...installPorts(session), ...(await readingAt(session, name, options)) };
  const wanted = {
    ...parseReference(reference),
    ...(options.registry === undefined ? {} : { registry: options.registry }),
  };
  const slot = parseSlot(kindOf(wanted.name));
  if (options.schema === true) {
    const { artifact } = await install(ports, name, { ...wanted, kind: slot }, 'env-packs.inspect');
    assertPack(artifact.manifest, slot);
    process.stdout.write(`${JSON.stringify(answersSchema(artifact.manifest.questions), null, 2)}\n`);
    return;
  }
  const outcome = await addPack(ports, name, {
    ...wanted,
    slot,
    grant: (manifest, answers) => grantsOf(options.grant ?? [], manifest, answers),
    answers: (manifest) => answersOf(options, manifest.questions),
    replace: options.replace === true,
    ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
  });
  await reloadIfRunning(session, name, outcome.snapshot.environment.generation);
  const { result, replayed, decision } = outcome;
  const { version, digest } = decision.artifact;
  session.output.result(
    { ...result, name: wanted.name, version, digest, verdict: decision.verdict, replayed },
    (bound) => {
      return `${bound.name} ${bound.version} fills the slot ${bound.slot} (${bound.digest}).`;
    },
  );
}

/** The grants an operator named: each as wide as the pack asks. Throws `permission/exceeds-request` for one it does not ask. */
export function grantsOf(keys: readonly string[], manifest: PackManifest, answers: Answers): Grant[] {
  if (keys.includes('all')) return grantAll(manifest, answers);
  return keys.map((key) => {
    const request = manifest.permissions.find((candidate) => permissionKey(candidate) === key);
    if (request !== undefined) return widestGrant(request, answers);
    throw new GreenticError('permission/exceeds-request', `${manifest.name} does not ask for ${key}.`);
  });
}

/** `op env-packs list` */
export async function list({ session, args: [text = ''] }: Invocation<object>): Promise<void> {
  const { environment } = await session.store.read(environmentName(text));
  const rows = SLOTS.map((slot) => {
    const binding = environment.bindings.find((candidate) => candidate.slot === slot);
    return { slot, pack: binding?.pack ?? null, grants: binding?.grants ?? [], generation: binding?.generation ?? 0 };
  });
  session.output.result(rows, (all) => ({
    head: ['slot', 'pack', 'version', 'granted', 'identity'],
    rows: all.map(({ slot, pack, grants }) => [
      slot,
      pack?.name ?? '(empty)',
      pack?.version ?? '',
      grants.map(permissionKey).join(', '),
      pack?.digest.slice(0, 19) ?? '',
    ]),
  }));
}

/** `op env-packs remove` */
export async function remove({ session, args: [text = '', slot = ''] }: Invocation<object>): Promise<void> {
  const name = environmentName(text);
  const { result, snapshot } = await removePack(session, name, parseSlot(slot));
  await reloadIfRunning(session, name, snapshot.environment.generation);
  session.output.result(result, () => `The slot ${slot} is empty.`);
}

/** `op env-packs why` */
export async function why({ session, args: [text = '', slot = ''] }: Invocation<object>): Promise<void> {
  const decision = whyBound(await session.store.read(environmentName(text)), parseSlot(slot));
  session.output.result(decision, (shown) => describe(shown, 'was'));
}

/** `op env-packs why-not` */
export async function whyNot({
  session,
  args: [text = '', reference = ''],
  options,
}: Invocation<{ registry?: string; location?: readonly string[] }>): Promise<void> {
  const name = environmentName(text);
  const wanted = parseReference(reference);
  const { registry } = options;
  const order = { ...wanted, kind: kindOf(wanted.name), ...(registry === undefined ? {} : { registry }) };
  const ports = { ...installPorts(session), ...(await readingAt(session, name, options)) };
  const assessment = await assess(ports, name, order);
  session.output.result(assessment, ({ decision, permissions }) =>
    [describe(decision, 'would be'), ...permissions.map(describePermission)].join('\n'),
  );
  assertAdmitted(assessment.decision);
}

function describe(
  { artifact, verdict, decidedAt, trustRoot, policy, rules }: Decision,
  deed: 'was' | 'would be',
): string {
  return [
    `${artifact.name} ${artifact.version} ${deed} ${verdict} on ${decidedAt}`,
    `  ${artifact.digest}`,
    `  under trust root ${trustRoot.version} (${trustRoot.digest})`,
    ...(policy === undefined ? [] : [`  and policy ${policy}`]),
    ...rules.map((rule) => {
      const line = `  ${rule.verdict === 'pass' ? '✓' : '✗'} ${rule.id.padEnd(20)} ${rule.looked}`;
      return rule.verdict === 'pass' ? line : `${line}\n    → ${rule.code}: ${rule.wayOut}`;
    }),
  ].join('\n');
}

function describePermission({ permission, reason, optional, granted }: AskedPermission): string {
  const consent = granted ? 'granted now' : `${optional ? 'optional, ' : ''}needs consent: --grant ${permission}`;
  return `  ${granted || optional ? '·' : '!'} permission ${permission}: ${reason} (${consent})`;
}
