import { randomBytes } from 'node:crypto';
import { arch, availableParallelism, platform } from 'node:os';
import { assertPack, GreenticError, type Slot } from '@greentic/core';
import { checksDigest, listChecks } from './catalogue.ts';
import type { Check, CheckCard } from './check.ts';
import { findingOf } from './finding.ts';
import { Kit, type KitOptions } from './kit.ts';
import { type Patience, waitFor } from './patience.ts';
import { type CheckOutcome, type ConformanceReport, KIT_VERSION } from './report.ts';
import { SeededRandom } from './seeded-random.ts';
import { profilesOf, verdictOf } from './verdict.ts';

/** Called while the kit runs; whatever they do, they cannot change what it finds. */
export interface KitEvents {
  started?(check: CheckCard): void;
  ended?(check: CheckCard, outcome: CheckOutcome): void;
}

/** What to run the kit on. */
export interface KitRun extends Pick<KitOptions, 'artifact' | 'secrets'> {
  /** Answers to the pack's questions; defaults are filled in. */
  readonly answers?: KitOptions['answers'];
  readonly events?: KitEvents;
  /** Ids of the checks to run; the others are `skipped`, and the report `incomplete`. */
  readonly only?: readonly string[];
  /** Repeats the run of that seed; a new one when missing. At most 64 characters. */
  readonly seed?: string;
  now(): Date;
}

/** How checks are run. */
export interface Pace extends Patience {
  /** Checks under way at once. */
  readonly atOnce: number;
}

const PACE: Pace = { idleMs: 30_000, totalMs: 120_000, atOnce: 2 };

/**
 * Runs every check for the slot of a pack, each in an environment of its own, with exactly the permissions the pack asks
 * for, in the sandbox that production uses. Nothing is tried twice. Throws `input/invalid` for answers that do not fit,
 * `pack/contract-unsupported` for a pack this kit cannot speak to, and `conformance/check-unknown`; what the pack does
 * wrong is in the report.
 */
export async function runConformance(run: KitRun): Promise<ConformanceReport> {
  const { manifest } = run.artifact;
  assertPack(manifest);
  const list = listChecks(manifest.slot);
  for (const id of run.only ?? []) assertKnown(id, list, manifest.slot);
  return await runChecks(list, run);
}

/** Runs a list of checks. The kit's own tests give it lists that misbehave. */
export async function runChecks(list: readonly Check[], run: KitRun, pace: Pace = PACE): Promise<ConformanceReport> {
  const { artifact, now, seed = randomBytes(8).toString('hex') } = run;
  const { manifest } = artifact;
  assertPack(manifest);
  const { answers = {}, secrets } = run;
  const options = { artifact, answers, ...(secrets === undefined ? {} : { secrets }) };
  const startedAt = now();
  const bench: Bench = { slot: manifest.slot, options, seed, run, patience: pace };
  await assertOpens(bench);
  const checks = await inTurns(list, pace.atOnce, (check) => runCheck(check, bench));
  const { name, version, slot, contract, features } = manifest;
  return {
    schema: 'greentic.conformance-report/1',
    kit: { version: KIT_VERSION, checksDigest: checksDigest(slot) },
    pack: { name, version, slot, contract, digest: artifact.digest, features },
    host: { os: platform(), arch: arch(), node: process.version, cpus: availableParallelism() },
    seed,
    startedAt: startedAt.toISOString(),
    durationMs: Math.max(0, now().getTime() - startedAt.getTime()),
    profiles: profilesOf(list, checks, features),
    checks,
    result: verdictOf(list, checks, features),
  };
}

interface Bench {
  readonly slot: Slot;
  readonly options: KitOptions;
  readonly seed: string;
  readonly run: KitRun;
  readonly patience: Patience;
}

function assertKnown(id: string, list: readonly CheckCard[], slot: Slot): void {
  if (list.some((check) => check.id === id)) return;
  throw new GreenticError('conformance/check-unknown', `There is no check ${id.slice(0, 64)} for the slot ${slot}.`);
}

/** A pack that this host cannot open at all is the caller's to know before any check. */
async function assertOpens({ slot, options, seed }: Bench): Promise<void> {
  const kit = await Kit.create(slot, new SeededRandom(seed, 'opening'), options);
  try {
    kit.open();
  } finally {
    await kit.close();
  }
}

async function runCheck(check: Check, bench: Bench): Promise<CheckOutcome> {
  const { only, events, artifact } = bench.run;
  const { feature } = check;
  assertPack(artifact.manifest);
  const lacking = feature !== undefined && !artifact.manifest.features.includes(feature);
  if (only !== undefined && !only.includes(check.id)) return outcomeOf(check, { result: 'skipped' });
  if (lacking) return outcomeOf(check, { result: 'unsupported', message: `The pack does not declare ${feature}.` });
  events?.started?.(check);
  const started = performance.now();
  const kit = await Kit.create(bench.slot, new SeededRandom(bench.seed, check.id), bench.options);
  const seen = await attempt(check, kit, bench.patience);
  const outcome = outcomeOf(check, { ...seen, ms: Math.round(performance.now() - started) });
  events?.ended?.(check, outcome);
  return outcome;
}

/** What one attempt saw. */
export type Seen = Pick<CheckOutcome, 'result'> & Partial<Pick<CheckOutcome, 'observations' | 'ms' | 'message'>>;

/** One attempt, which ends with the kit closed; there is no second. */
export async function attempt(check: Check, kit: Kit, patience: Patience): Promise<Seen> {
  try {
    await waitFor(check.run(kit), kit.subject, patience);
    const { observations } = kit;
    if (observations >= check.minObservations) return { result: 'pass', observations };
    const message = `The kit saw ${observations} things; it takes ${check.minObservations} to conclude anything.`;
    return { result: 'inconclusive', observations, message };
  } catch (error) {
    return { ...findingOf(error, kit.subject.errors), observations: kit.observations };
  } finally {
    await kit.close();
  }
}

function outcomeOf({ id, rev, minObservations, hint, clause }: CheckCard, seen: Seen): CheckOutcome {
  const { result, observations = 0, ms = 0 } = seen;
  const message = seen.message === undefined ? {} : { message: seen.message.slice(0, 4000) };
  const advice = result === 'fail' || result === 'inconclusive' ? { hint, clause } : {};
  return { id, rev, result, observations, minObservations, ms, ...message, ...advice };
}

/** Does the work for each item, so many at once; results in the order of the items. */
async function inTurns<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
