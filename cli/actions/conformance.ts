import { stat, writeFile } from 'node:fs/promises';
import { type ConformanceReport, explainCheck, judgeReport, listChecks, runConformance } from '@greentic/conformance';
import {
  assertPack,
  GreenticError,
  kindOf,
  resolveAnswers,
  signStatement,
  type VerifiedArtifact,
} from '@greentic/core';
import { install } from '@greentic/operator';
import { buildArtifact, conformanceStatement } from '@greentic/registry';
import { answersOf } from '../answers.ts';
import type { Invocation } from '../commands/command.ts';
import { readKeyFile } from '../key-file.ts';
import { parseReference, parseSlot } from '../reference.ts';
import { environmentName, type Session } from '../session.ts';
import { installPorts } from './env.ts';

interface RunOptions {
  readonly env?: string;
  readonly only?: readonly string[];
  readonly key?: string;
  readonly out?: string;
  readonly answer?: readonly string[];
}

/** `conformance run` */
export async function run({ session, args: [subject = ''], options }: Invocation<RunOptions>): Promise<void> {
  const artifact = await artifactOf(session, subject, options);
  assertPack(artifact.manifest);
  const answers = resolveAnswers(artifact.manifest.questions, await answersOf(options, artifact.manifest.questions));
  const report = await runConformance({
    artifact,
    answers,
    now: session.now,
    ...(options.only === undefined ? {} : { only: options.only }),
    events: { ended: ({ id, title }, { result }) => session.output.progress(`${result.padEnd(12)} ${id} ${title}`) },
  });
  if (options.out !== undefined) await writeReport(artifact, report, options);
  session.output.result(report, describeReport);
  const verdict = judgeReport(report).result;
  if (verdict === 'failed')
    throw new GreenticError('conformance/failed', `${artifact.name} does not conform: ${failedOf(report).join(', ')}.`);
  if (verdict !== 'conformant')
    throw new GreenticError('conformance/incomplete', `The report on ${artifact.name} is incomplete.`);
}

/** A folder is built; a name is installed from the environment's registries under its trust root, without binding it. */
async function artifactOf(session: Session, subject: string, { env }: RunOptions): Promise<VerifiedArtifact> {
  if ((await stat(subject).catch(() => undefined))?.isDirectory()) {
    const { name, version, digest, manifest, module } = await buildArtifact(subject);
    return { name, version, digest, manifest, module: Buffer.from(module).toString() };
  }
  if (env === undefined)
    throw new GreenticError('input/invalid', `${subject} is no folder.`, {
      hint: 'For a name, say whose trust applies: --env.',
    });
  const reference = parseReference(subject);
  const { artifact } = await install(
    installPorts(session),
    environmentName(env),
    { ...reference, kind: parseSlot(kindOf(reference.name)) },
    'conformance.run',
  );
  return artifact;
}

async function writeReport(
  { name, digest }: VerifiedArtifact,
  report: ConformanceReport,
  { key, out }: RunOptions,
): Promise<void> {
  if (key === undefined || out === undefined)
    throw new GreenticError('input/invalid', 'A report is written signed.', { hint: 'Give --key as well.' });
  const { secretKey } = await readKeyFile(key);
  const passed = judgeReport(report).result === 'conformant';
  const ids = (result: string) => report.checks.filter((check) => check.result === result).map((check) => check.id);
  const statement = conformanceStatement({
    name,
    digest,
    passed,
    report,
    passedTests: ids('pass'),
    failedTests: ids('fail'),
  });
  await writeFile(out, signStatement(statement, secretKey));
}

function failedOf(report: ConformanceReport): string[] {
  return report.checks.filter((check) => check.result === 'fail').map((check) => check.id);
}

/** What a report says, for people: how it ended, what did not pass and why, and what was left out. */
export function describeReport({ pack, result, checks }: ConformanceReport): string {
  const skipped = checks.filter((check) => check.result === 'skipped').map(({ id }) => id);
  const notes = checks
    .filter((check) => check.result !== 'pass' && check.result !== 'skipped')
    .map(
      ({ id, result: came, message, hint }) =>
        `  ${came} ${id}: ${message ?? ''}${hint === undefined ? '' : ` → ${hint}`}`,
    );
  const ran =
    skipped.length === 0 ? `${checks.length} checks` : `${checks.length - skipped.length} of ${checks.length} checks`;
  return [
    `${pack.name} ${pack.version}: ${result}, ${ran}`,
    ...notes,
    ...(skipped.length === 0 ? [] : [`  not run: ${skipped.join(', ')}`]),
  ].join('\n');
}

/** `conformance list` */
export async function list({ session, options }: Invocation<{ slot?: string }>): Promise<void> {
  const checks = listChecks(options.slot === undefined ? undefined : parseSlot(options.slot)).map(
    ({ id, rev, slot, level, title }) => ({ id, rev, slot, level, title }),
  );
  session.output.result(checks, (all) => ({
    head: ['check', 'slot', 'level', 'title'],
    rows: all.map(({ id, slot, level, title }) => [id, slot ?? 'every', level, title]),
  }));
}

/** `conformance explain` */
export async function explain({ session, args: [id = ''] }: Invocation<object>): Promise<void> {
  const { slot, level, title, clause, rev, minObservations } = explainCheck(id);
  session.output.result(
    { id, slot, level, title, clause, rev, minObservations },
    (check) => `${check.id} (${check.slot ?? 'every slot'}, ${check.level}): ${check.title}\n${check.clause}`,
  );
}
