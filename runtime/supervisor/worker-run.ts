import { rename, rm } from 'node:fs/promises';
import { GreenticError, toGreenticError } from '@greentic/core';
import { observeWorker } from '../witness.ts';
import { checkBundle, type LoadedBundle } from './loaded-bundle.ts';
import type { WorkerSpec } from './wanted-workers.ts';
import { answerCall } from './worker-call.ts';
import { LineGate, type WorkerLine } from './worker-line.ts';
import type { WorkerPorts } from './worker-ports.ts';
import { launchWorker, type WorkerCall, type WorkerProcess } from './worker-process.ts';

/** Calls of one worker that may be under way at once: a part of what a pack takes, so that no worker shuts the others out. */
const MAX_CALLS = 16;
/** Questions in a row a worker may leave unanswered before it counts as hung. */
const MAX_SILENCES = 2;

/** How one process of a worker ended. */
export interface RunEnd {
  readonly reason: GreenticError;
  /** How long it was ready, in milliseconds; 0 when it never was. */
  readonly readyMs: number;
}

/** One process of a worker, from loading its bundle to its end. */
export class WorkerRun {
  readonly #spec: WorkerSpec;
  readonly #socket: string;
  readonly #ports: WorkerPorts;
  readonly #onReady: () => void;
  #process: WorkerProcess | undefined;
  #ready = false;
  #over = false;
  #calls = 0;
  /** Resolves when the process is gone and its sockets with it. */
  readonly ended: Promise<RunEnd>;

  constructor(spec: WorkerSpec, socket: string, ports: WorkerPorts, onReady: () => void) {
    this.#spec = spec;
    this.#socket = socket;
    this.#ports = ports;
    this.#onReady = onReady;
    this.ended = this.#run();
  }

  /** Lets running requests end for at most so long, then ends it; one that was never ready is ended at once. */
  end(drainMs: number): void {
    this.#over = true;
    if (this.#ready) this.#process?.drain(drainMs);
    else this.#process?.kill();
  }

  async #run(): Promise<RunEnd> {
    const { now, loadBundle } = this.#ports;
    try {
      const bundle = checkBundle(await loadBundle(this.#spec.bundle), this.#spec);
      if (this.#over) throw new GreenticError('call/cancelled');
      const running = await this.#launch(bundle);
      const readyAt = now().getTime();
      const stopWatching = this.#watch(running);
      const reason = await running.ended.finally(stopWatching);
      return { reason, readyMs: now().getTime() - readyAt };
    } catch (error) {
      return { reason: toGreenticError(error), readyMs: 0 };
    } finally {
      this.#process?.kill();
      await this.#process?.ended;
      await this.#removeSockets();
    }
  }

  /** Launches it on a path nobody knows, sees that it is who it should be, and only then gives it its endpoint. */
  async #launch({ bytes, manifest }: LoadedBundle): Promise<WorkerProcess> {
    await this.#removeSockets();
    const { revision, deployment, customer, bundle } = this.#spec;
    const { environment, times } = this.#ports;
    const identity = { environment, customer, deployment, revision };
    const launch = { identity, bundleDigest: bundle.digest, needs: manifest.needs, bytes, socketPath: this.#unproven };
    const running = launchWorker(launch, {
      call: (request) => void this.#answer(request, manifest),
      ...this.#gates(),
    });
    this.#process = running;
    const timer = setTimeout(() => running.kill(), times.startMs);
    try {
      await running.listening;
      await this.#observe(this.#unproven, times.startMs);
      await rename(this.#unproven, this.#socket);
      // Ended while the name was changing.
      if (this.#over) throw new GreenticError('call/cancelled');
    } finally {
      clearTimeout(timer);
    }
    this.#ready = true;
    this.#onReady();
    return running;
  }

  get #unproven(): string {
    return `${this.#socket}.new`;
  }

  async #removeSockets(): Promise<void> {
    await Promise.all([rm(this.#socket, { force: true }), rm(this.#unproven, { force: true })]);
  }

  async #observe(socket: string, deadlineMs: number): Promise<void> {
    const { now, random } = this.#ports;
    const expected = { revision: this.#spec.revision, bundleDigest: this.#spec.bundle.digest };
    const nonce = Buffer.from(random(18)).toString('base64url');
    await observeWorker(`unix:${socket}`, expected, { nonce, deadlineMs, now });
  }

  /** Ends a process that no longer answers, such as one in an endless loop. Returns what ends the watch. */
  #watch(running: WorkerProcess): () => void {
    const { probeEveryMs, probeMs } = this.#ports.times;
    let silences = 0;
    let timer: NodeJS.Timeout | undefined;
    const probe = async () => {
      const answered = await this.#observe(this.#socket, probeMs).then(
        () => true,
        () => false,
      );
      if (timer === undefined || this.#over) return;
      silences = answered ? 0 : silences + 1;
      if (silences < MAX_SILENCES) timer = setTimeout(probe, probeEveryMs);
      else {
        this.#log('error', 'The worker does not answer any more.');
        running.kill();
      }
    };
    timer = setTimeout(probe, probeEveryMs);
    return () => {
      clearTimeout(timer);
      timer = undefined;
    };
  }

  async #answer(request: WorkerCall, manifest: LoadedBundle['manifest']): Promise<void> {
    const { environment, now, onCall, times } = this.#ports;
    if (this.#calls >= MAX_CALLS) {
      const { code, message } = new GreenticError('limit/concurrency');
      return this.#process?.reply({ t: 'reply', id: request.id, ok: false, error: { code, message } });
    }
    this.#calls++;
    const facts = { ...this.#spec, environment };
    const reply = await answerCall(request, { facts, manifest, now: now() }, onCall, times.callMs);
    this.#calls--;
    this.#process?.reply(reply);
  }

  /** The way of the process's streams to the log: each bounded on its own. */
  #gates(): { output(level: WorkerLine['level'], chunk: Buffer): void; silent(): void } {
    const gates = { info: new LineGate(), error: new LineGate() };
    const log = (level: WorkerLine['level'], lines: string[]) => {
      for (const line of lines) this.#log(level, line);
    };
    return {
      output: (level, chunk) => log(level, gates[level].take(chunk, this.#ports.now())),
      silent: () => {
        log('info', gates.info.end());
        log('error', gates.error.end());
      },
    };
  }

  #log(level: WorkerLine['level'], message: string): void {
    const { revision, deployment } = this.#spec;
    this.#ports.onLog({ revision, deployment, at: this.#ports.now(), level, message });
  }
}
