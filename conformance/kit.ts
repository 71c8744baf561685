import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type Answers,
  assertPack,
  type BrokerPorts,
  type ErrorCode,
  type GreenticError,
  grantAll,
  isGreenticError,
  type Json,
  type PackManifest,
  resolveAnswers,
  type SlotMethods,
  type SlotName,
  type VerifiedArtifact,
} from '@greentic/core';
import { CheckFailure, Inconclusive } from './finding.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type Life, Subject } from './subject.ts';
import { HttpSink } from './witness/http-sink.ts';
import { LogSink } from './witness/log-sink.ts';
import { RawStorage } from './witness/raw-storage.ts';
import { WorkerProvider } from './witness/worker-provider.ts';

/** Name of the environment a check opens the pack in, unless it says otherwise. */
export const ENVIRONMENT = 'conformance';

/** What one check works with: the pack under test in an environment of its own, witnesses, and ways to say what was seen. */
export class Kit<S extends SlotName = SlotName> {
  readonly slot: S;
  readonly manifest: PackManifest;
  readonly environment = ENVIRONMENT;
  readonly random: SeededRandom;
  readonly log = new LogSink();
  /** The collector that a telemetry pack sends to, when it sends over HTTP. */
  readonly #httpSink: HttpSink | undefined;
  readonly workers = new WorkerProvider();
  readonly subject: Subject<S>;
  readonly #folder: string;
  readonly #secrets: BrokerPorts['secrets'];
  #life: Life<S> | undefined;
  #observations = 0;

  private constructor(slot: S, random: SeededRandom, options: KitOptions, stage: Stage) {
    const { artifact, secrets } = options;
    assertPack(artifact.manifest, slot);
    this.slot = slot;
    this.manifest = artifact.manifest;
    this.random = random;
    const { folder, httpSink, answers } = stage;
    this.subject = new Subject(slot, { artifact, answers, grants: grantAll(artifact.manifest, answers) });
    this.#folder = folder;
    this.#httpSink = httpSink;
    this.#secrets = secrets;
  }

  /** An environment of its own for one check, in a new folder. Throws `input/invalid` for answers that do not fit. */
  static async create<S extends SlotName>(slot: S, random: SeededRandom, options: KitOptions): Promise<Kit<S>> {
    const { manifest } = options.artifact;
    assertPack(manifest, slot);
    // A witness has to stand where the records go: the kit answers the question for that place itself.
    const question = sinkQuestion(manifest);
    const httpSink = question === undefined ? undefined : await HttpSink.open();
    try {
      const own = question === undefined ? {} : { [question]: httpSink?.origin ?? '' };
      const answers = resolveAnswers(manifest.questions, { ...options.answers, ...own });
      const folder = await mkdtemp(path.join(tmpdir(), 'greentic-kit-'));
      return new Kit(slot, random, options, { folder, httpSink, answers });
    } catch (error) {
      await httpSink?.close();
      throw error;
    }
  }

  /** What arrived where telemetry goes, as documents. Without a verdict for a pack that sends to where the kit has no eyes. */
  get delivered(): readonly Json[] {
    const logs = this.manifest.permissions.some(({ kind }) => kind === 'log');
    if (!logs && this.#httpSink === undefined)
      this.cannotSee('The pack neither logs nor asks where to send: the kit cannot stand there.');
    return [...this.log.delivered, ...(this.#httpSink?.delivered ?? [])];
  }

  /** Things seen so far. */
  get observations(): number {
    return this.#observations;
  }

  /** The first life of the pack in the check's environment. */
  get life(): Life<S> {
    this.#life ??= this.open();
    return this.#life;
  }

  /** The slot's methods of that life. */
  get pack(): SlotMethods[S] {
    return this.life.pack;
  }

  /** What the pack left on the disk. */
  get storage(): RawStorage {
    return new RawStorage(this.#dataDir(this.environment));
  }

  /** One more life, a process of its own beside the others, over the same data. */
  open(environment: string = this.environment): Life<S> {
    const secrets = this.#secrets;
    return this.subject.open(environment, {
      dataDir: this.#dataDir(environment),
      log: (line) => this.log.take(line),
      workers: this.workers.portOf(environment),
      ...(secrets === undefined ? {} : { secrets }),
    });
  }

  /** Counts one thing seen; throws a failure with this message unless it is as it should be. */
  expect(holds: boolean, message: string): void {
    this.#observations++;
    if (!holds) throw new CheckFailure(message);
  }

  /** Counts one thing seen; fails unless both are equal to the last field. */
  equal(actual: unknown, expected: unknown, what: string): void {
    this.expect(isDeepStrictEqual(actual, expected), `${what} is ${show(actual)}, not ${show(expected)}.`);
  }

  /** Counts one thing seen; fails unless the call is refused with one of the codes. */
  async refused(call: Promise<unknown>, codes: ErrorCode | readonly ErrorCode[], what: string): Promise<GreenticError> {
    const allowed = typeof codes === 'string' ? [codes] : codes;
    const outcome = await call.then(
      (value: unknown) => ({ value }),
      (error: unknown) => ({ error }),
    );
    if ('value' in outcome) {
      this.expect(false, `${what} was not refused with ${allowed.join(' or ')}: it gave ${show(outcome.value)}.`);
    }
    const { error } = outcome as { error: unknown };
    if (!isGreenticError(error)) throw error;
    const message = `${what} was refused with ${error.code} (${error.message}), not with ${allowed.join(' or ')}.`;
    this.expect(allowed.includes(error.code), message);
    return error;
  }

  /** Waits until the condition gives something other than false or undefined; fails when it has not within the time. */
  async eventually<T>(what: string, condition: () => Promise<T | false | undefined>, withinMs = 5000): Promise<T> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const value = await condition();
      if (value !== false && value !== undefined) {
        this.#observations++;
        return value;
      }
      if (performance.now() > deadline) throw new CheckFailure(`${what} did not come about within ${withinMs} ms.`);
      await pause(10);
    }
  }

  /** Ends the check without a verdict: the kit has no eye on what the check is about. */
  cannotSee(reason: string): never {
    throw new Inconclusive(reason);
  }

  /** Ends every process and removes every file of the check. */
  async close(): Promise<void> {
    await Promise.all([this.subject.close(), this.workers.close(), this.#httpSink?.close()]);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #dataDir(environment: string): string {
    return path.join(this.#folder, environment);
  }
}

/** What a kit needs to open the pack under test. */
export interface KitOptions {
  readonly artifact: VerifiedArtifact;
  /** Answers to the pack's questions; defaults are filled in. */
  readonly answers: Answers;
  /** Secrets of the environment, for packs that use some; values never enter a report. */
  readonly secrets?: BrokerPorts['secrets'];
}

interface Stage {
  readonly folder: string;
  readonly httpSink: HttpSink | undefined;
  readonly answers: Answers;
}

/** The question of a telemetry pack whose answer is where it sends. */
function sinkQuestion({ slot, permissions }: PackManifest): string | undefined {
  if (slot !== 'telemetry') return undefined;
  return permissions.flatMap((asked) => (asked.kind === 'http' && asked.originFrom ? [asked.originFrom] : []))[0];
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
