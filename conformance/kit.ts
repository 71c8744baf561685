import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  assertPack,
  type BrokerPorts,
  type ErrorCode,
  type GreenticError,
  isGreenticError,
  type PackManifest,
  type SlotMethods,
  type SlotName,
} from '@greentic/core';
import { CheckFailure, Inconclusive } from './finding.ts';
import type { SeededRandom } from './seeded-random.ts';
import { type Life, Subject, type SubjectOptions } from './subject.ts';
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
  readonly workers = new WorkerProvider();
  readonly subject: Subject<S>;
  readonly #folder: string;
  readonly #secrets: BrokerPorts['secrets'];
  #life: Life<S> | undefined;
  #observations = 0;

  private constructor(slot: S, folder: string, random: SeededRandom, options: KitOptions) {
    const { manifest } = options.artifact;
    assertPack(manifest, slot);
    this.slot = slot;
    this.manifest = manifest;
    this.random = random;
    this.subject = new Subject(slot, options);
    this.#folder = folder;
    this.#secrets = options.secrets;
  }

  /** An environment of its own for one check, in a new folder. */
  static async create<S extends SlotName>(slot: S, random: SeededRandom, options: KitOptions): Promise<Kit<S>> {
    return new Kit(slot, await mkdtemp(path.join(tmpdir(), 'greentic-kit-')), random, options);
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
    await Promise.all([this.subject.close(), this.workers.close()]);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #dataDir(environment: string): string {
    return path.join(this.#folder, environment);
  }
}

/** What a kit needs to open the pack under test. */
export interface KitOptions extends SubjectOptions {
  /** Secrets of the environment, for packs that use some; values never enter a report. */
  readonly secrets?: BrokerPorts['secrets'];
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
