import { rm } from 'node:fs/promises';
import type { GreenticError, WorkerStatus } from '@greentic/core';
import { backOffMs, failuresAfter } from './back-off.ts';
import type { WantedWorker, WorkerSpec } from './wanted-workers.ts';
import type { WorkerPorts } from './worker-ports.ts';
import { WorkerRun } from './worker-run.ts';

/** Failures in a row that still count as starting. */
const PATIENCE = 3;

/** Keeps one revision running while it is wanted: one process after the other, with a pause that grows while they fail. */
export class Worker {
  readonly spec: WorkerSpec;
  readonly #ports: WorkerPorts;
  readonly #onStart: () => void;
  readonly #socket: string;
  #wanted: boolean;
  #suspended = false;
  #starts: number;
  #phase: WorkerStatus['phase'] = 'defined';
  #message = '';
  #run: WorkerRun | undefined;
  #loop: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  /** `onStart` is called at each start, when there is one more to remember. */
  constructor({ spec, wanted, starts }: WantedWorker, socket: string, ports: WorkerPorts, onStart: () => void) {
    this.spec = spec;
    this.#wanted = wanted;
    this.#starts = starts;
    this.#socket = socket;
    this.#ports = ports;
    this.#onStart = onStart;
  }

  /** What has to be remembered of it. */
  get remembered(): WantedWorker {
    return { spec: this.spec, wanted: this.#wanted, starts: this.#starts };
  }

  /** What is shown of it. */
  get status(): WorkerStatus {
    const phase = this.#phase;
    const endpoint = phase === 'running' ? `unix:${this.#socket}` : null;
    const { revision, bundle } = this.spec;
    return { revision, bundleDigest: bundle.digest, phase, endpoint, starts: this.#starts, message: this.#message };
  }

  /** Wants it running. */
  start(): void {
    this.#wanted = true;
    this.restore();
  }

  /** Starts it when it is wanted. */
  restore(): void {
    if (this.#active) this.#loop ??= this.#keep();
  }

  /** No longer wants it. Resolves when its process is gone. */
  async stop(drainMs: number): Promise<void> {
    this.#wanted = false;
    await this.#end(drainMs);
  }

  /** Ends it for good in this process of the host, though it may stay wanted. Resolves when its process is gone. */
  async suspend(drainMs: number): Promise<void> {
    this.#suspended = true;
    await this.#end(drainMs);
  }

  /**
   * Ends its process, if it has one, since its bundle may not run; the next start asks for the bundle again. Resolves when no new
   * request finds it.
   */
  async refuse({ code, message }: GreenticError, drainMs: number): Promise<void> {
    if (this.#run === undefined) return;
    this.#log(`${message} (${code}) The worker is ended.`);
    await this.#withdraw(this.#run, drainMs, `${message} (${code})`);
  }

  get #active(): boolean {
    return this.#wanted && !this.#suspended;
  }

  async #end(drainMs: number): Promise<void> {
    this.#wake();
    const run = this.#run;
    if (run === undefined) return;
    await this.#withdraw(run, drainMs, 'Running requests may end.');
    await run.ended;
  }

  async #withdraw(run: WorkerRun, drainMs: number, why: string): Promise<void> {
    this.#show('stopping', why);
    // No new connection finds it; those it has are its to finish.
    await rm(this.#socket, { force: true });
    run.end(drainMs);
  }

  #show(phase: WorkerStatus['phase'], message: string): void {
    this.#phase = phase;
    this.#message = message;
  }

  async #keep(): Promise<void> {
    let failures = 0;
    while (this.#active) {
      if (failures <= PATIENCE) this.#show('starting', this.#message);
      const { reason, readyMs } = await this.#runOnce();
      // It ended because somebody wanted it to, who may have changed their mind meanwhile.
      if (this.#phase === 'stopping') {
        failures = 0;
        continue;
      }
      failures = failuresAfter(failures, readyMs);
      this.#show(failures > PATIENCE ? 'failed' : 'starting', `${reason.message} (${reason.code})`);
      this.#log(`${reason.message} It is started again.`);
      await this.#pause(backOffMs(failures));
    }
    this.#show('defined', '');
    this.#loop = undefined;
  }

  async #runOnce(): ReturnType<() => WorkerRun['ended']> {
    this.#starts++;
    this.#onStart();
    this.#run = new WorkerRun(this.spec, this.#socket, this.#ports, () => this.#show('running', ''));
    const end = await this.#run.ended;
    this.#run = undefined;
    return end;
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    return promise.finally(() => clearTimeout(timer));
  }

  #log(message: string): void {
    const { revision, deployment } = this.spec;
    this.#ports.onLog({ revision, deployment, at: this.#ports.now(), level: 'error', message });
  }
}
