import { decode, ERRORS, GreenticError, isGreenticError, type Workers } from '@greentic/core';
import { clearWorkerSockets, openRunFolder, workerSocket } from './run-folder.ts';
import { WantedWorkers, WorkerSpec } from './wanted-workers.ts';
import { Worker } from './worker.ts';
import { WORKER_TIMES, type WorkerPorts, type WorkerTimes } from './worker-ports.ts';

/** What a supervisor is made of. */
export interface SupervisorOptions extends Omit<WorkerPorts, 'times'> {
  /** Folder for the workers' sockets, as `runFolder` gives it; made when missing. */
  readonly folder: string;
  /** File with the list of workers. */
  readonly stateFile: string;
  readonly times?: Partial<WorkerTimes>;
}

/** Runs the workers of one environment: the `workers` port of the broker, and their life over restarts of the host. */
export interface Supervisor extends Workers {
  /** Starts every worker that was wanted when the list was last saved. */
  restore(): Promise<void>;
  /**
   * Asks again for every bundle that runs. The workers of one that is refused by now take no further request; they stay wanted, and run
   * again when it is no longer refused.
   */
  review(): Promise<void>;
  /** Ends all processes and keeps the list. Nothing can be asked afterwards. */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Longest wait for running requests of a worker that is removed: shorter than a pack's call may take. */
const REMOVE_DRAIN_MS = 5000;

/**
 * Opens the supervisor of an environment; only for who holds the environment's serve lock. Throws `runtime/socket-folder` when
 * the folder is not ours alone, `env/invalid` when the list of workers is malformed.
 */
export async function createSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  await openRunFolder(options.folder);
  await clearWorkerSockets(options.folder);
  const list = new WantedWorkers(options.stateFile);
  const supervisor = new WorkerSet(options, list);
  for (const wanted of await list.load()) supervisor.adopt(wanted);
  return supervisor;
}

class WorkerSet implements Supervisor {
  readonly #options: SupervisorOptions;
  readonly #list: WantedWorkers;
  readonly #workers = new Map<string, Worker>();
  readonly #times: WorkerTimes;
  #closed = false;

  constructor(options: SupervisorOptions, list: WantedWorkers) {
    this.#options = options;
    this.#list = list;
    this.#times = { ...WORKER_TIMES, ...options.times };
  }

  adopt(wanted: Worker['remembered']): void {
    const { revision } = wanted.spec;
    const ports = { ...this.#options, times: this.#times };
    const socket = workerSocket(this.#options.folder, revision);
    this.#workers.set(revision, new Worker(wanted, socket, ports, () => this.#remember()));
  }

  async define(input: unknown): Promise<Record<never, never>> {
    this.#assertOpen();
    const spec = decode(WorkerSpec, input, 'input/invalid', 'The worker');
    assertNames(spec);
    const known = this.#workers.get(spec.revision);
    if (known === undefined) this.adopt({ spec, wanted: false, starts: 0 });
    else if (!sameSpec(known.spec, spec)) {
      throw new GreenticError('deploy/revision-conflict', `Worker ${spec.revision} is defined with another bundle.`, {
        details: { revision: spec.revision, known: known.spec.bundle.digest, given: spec.bundle.digest },
      });
    }
    await this.#save();
    return {};
  }

  async start({ revision }: { revision: string }): Promise<Record<never, never>> {
    this.#known(revision).start();
    await this.#save();
    return {};
  }

  async stop({ revision }: { revision: string }): Promise<Record<never, never>> {
    // The order is taken; `list` tells when the running requests have ended.
    this.#known(revision)
      .stop(this.#times.drainMs)
      .catch(() => undefined);
    await this.#save();
    return {};
  }

  async remove({ revision }: { revision: string }): Promise<Record<never, never>> {
    this.#assertOpen();
    const worker = this.#workers.get(revision);
    if (worker === undefined) return {};
    await worker.suspend(Math.min(this.#times.drainMs, REMOVE_DRAIN_MS));
    if (this.#workers.get(revision) === worker) this.#workers.delete(revision);
    await this.#save();
    return {};
  }

  async list(): ReturnType<Workers['list']> {
    return { workers: [...this.#workers.values()].map((worker) => worker.status) };
  }

  async restore(): Promise<void> {
    this.#assertOpen();
    for (const worker of this.#workers.values()) worker.restore();
  }

  async review(): Promise<void> {
    this.#assertOpen();
    const running = [...this.#workers.values()].filter(({ status }) => status.phase !== 'defined');
    const byBundle = Map.groupBy(running, ({ spec }) => spec.bundle.digest);
    for (const workers of byBundle.values()) {
      const [first] = workers;
      const refusal = first && (await this.#refusalOf(first.spec));
      if (refusal !== undefined)
        await Promise.all(workers.map((worker) => worker.refuse(refusal, this.#times.drainMs)));
    }
  }

  async close({ drainMs = this.#times.drainMs }: { drainMs?: number } = {}): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker.suspend(drainMs)));
    try {
      await this.#save();
    } finally {
      await clearWorkerSockets(this.#options.folder);
    }
  }

  /** Why a bundle may not run; a bundle that only cannot be had just now runs on where it runs. */
  async #refusalOf({ bundle }: WorkerSpec): Promise<GreenticError | undefined> {
    try {
      await this.#options.loadBundle(bundle);
    } catch (error) {
      if (isGreenticError(error) && ERRORS[error.code].exit === 3) return error;
    }
    return undefined;
  }

  #known(revision: string): Worker {
    this.#assertOpen();
    const worker = this.#workers.get(revision);
    if (worker === undefined) throw new GreenticError('worker/not-found', `There is no worker ${revision}.`);
    return worker;
  }

  #assertOpen(): void {
    if (this.#closed) throw new GreenticError('runtime/unreachable', 'The supervisor is closed.');
  }

  #save(): Promise<void> {
    return this.#list.save(() => [...this.#workers.values()].map((worker) => worker.remembered));
  }

  #remember(): void {
    // A count of starts that is not saved is only a count; what somebody asked for is saved before they hear of it.
    this.#save().catch(() => undefined);
  }
}

/** Customer and bundle decide whose data a worker sees, so they have to be those in the deployment's and the revision's name. */
function assertNames({ revision, deployment, customer, bundle }: WorkerSpec): void {
  const label = bundle.name.slice(bundle.name.lastIndexOf('.') + 1);
  const [workload, named] = deployment.split('.');
  if (workload === label && named === customer && revision.startsWith(`${deployment}.`)) return;
  throw new GreenticError(
    'input/invalid',
    `Worker ${revision} of ${label} is not of customer ${customer}’s ${deployment}.`,
  );
}

function sameSpec(a: WorkerSpec, b: WorkerSpec): boolean {
  return a.deployment === b.deployment && a.customer === b.customer && a.bundle.digest === b.bundle.digest;
}
