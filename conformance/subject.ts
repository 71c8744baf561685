import { setTimeout as pause } from 'node:timers/promises';
import {
  type Answers,
  type BrokerPorts,
  type Grant,
  GreenticError,
  openPack,
  type PackGeneration,
  type SlotMethods,
  type SlotName,
  slotClient,
  type VerifiedArtifact,
} from '@greentic/core';
import { PackErrors } from './finding.ts';

/** The pack under test, and with what it is opened. */
export interface SubjectOptions {
  readonly artifact: VerifiedArtifact;
  readonly answers: Answers;
  readonly grants: readonly Grant[];
}

/** One opening of the pack under test: a process of its own, over the data of its environment. */
export interface Life<S extends SlotName = SlotName> {
  /** The slot's methods, as the host offers them. */
  readonly pack: SlotMethods[S];
  /** The pack's process, once a call has started it. */
  readonly pid: number | undefined;
  /** Any method by name, also one that the contract does not have. */
  call(method: string, input: unknown): Promise<unknown>;
  /** Ends the pack's process as a power cut would, and returns when it is gone. Throws when there is none. */
  kill(): Promise<void>;
  /** Lets the pack close, as an orderly stop does. */
  close(): Promise<void>;
}

const GONE_WITHIN_MS = 5000;

/** Opens the pack under test as production does, and counts the calls that wait for it. */
export class Subject<S extends SlotName = SlotName> {
  readonly errors = new PackErrors();
  readonly #options: SubjectOptions;
  readonly #slot: S;
  readonly #generations = new Set<PackGeneration>();
  readonly #waiting = new Map<symbol, string>();
  #lastAnswerAt = 0;

  constructor(slot: S, options: SubjectOptions) {
    this.#slot = slot;
    this.#options = options;
  }

  /** Names of the methods that were called and have not answered yet. */
  get waiting(): string[] {
    return [...this.#waiting.values()];
  }

  /** When a call was last answered, on the clock of `performance.now()`; 0 before any was. */
  get lastAnswerAt(): number {
    return this.#lastAnswerAt;
  }

  open(environment: string, ports: BrokerPorts): Life<S> {
    const generation = openPack({ ...this.#options, environment, ports });
    this.#generations.add(generation);
    const call = (method: string, input: unknown) => this.#call(generation, method, input);
    // The typed methods go through the same counted call.
    const { manifest, digest } = generation;
    const counted: PackGeneration = { manifest, digest, pid: undefined, call, close: () => generation.close() };
    return {
      pack: slotClient(counted, this.#slot),
      get pid() {
        return generation.pid;
      },
      call,
      kill: () => kill(generation),
      close: async () => {
        await generation.close();
        this.#generations.delete(generation);
      },
    };
  }

  /** Ends everything that was opened. */
  async close(): Promise<void> {
    await Promise.all([...this.#generations].map((generation) => generation.close()));
    this.#generations.clear();
  }

  async #call(generation: PackGeneration, method: string, input: unknown): Promise<unknown> {
    const ticket = Symbol(method);
    this.#waiting.set(ticket, method);
    try {
      return await generation.call(method, input);
    } catch (error) {
      return this.errors.rethrow(error);
    } finally {
      this.#waiting.delete(ticket);
      this.#lastAnswerAt = performance.now();
    }
  }
}

async function kill(generation: PackGeneration): Promise<void> {
  const { pid } = generation;
  if (pid === undefined) throw new GreenticError('internal/unforeseen', 'The pack has no process to kill.');
  process.kill(pid, 'SIGKILL');
  const deadline = performance.now() + GONE_WITHIN_MS;
  while (generation.pid === pid) {
    if (performance.now() > deadline)
      throw new GreenticError('internal/unforeseen', `The process ${pid} outlived SIGKILL.`);
    await pause(2);
  }
}
