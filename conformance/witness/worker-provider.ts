import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  canonicalize,
  digestOf,
  GreenticError,
  type WorkerSpec,
  type WorkerStatus,
  type Workers,
} from '@greentic/core';

/** What a worker of the kit is: it tells who it is, and repeats what it was asked, so that no answer can be prepared. */
const PROGRAM = `
const [revision, bundleDigest, bootId] = process.argv.slice(1);
const server = require('node:http').createServer((request, response) => {
  const nonce = new URL(request.url, 'http://worker').searchParams.get('nonce');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ revision, bundleDigest, bootId, nonce }));
});
server.listen(0, '127.0.0.1', () => process.stdout.write(server.address().port + '\\n'));
process.stdin.resume().on('end', () => process.exit(0));
`;

interface Worker {
  readonly spec: WorkerSpec;
  phase: WorkerStatus['phase'];
  endpoint: string | null;
  starts: number;
  bootId: string | null;
  child: ChildProcess | undefined;
}

/** What the provider knows of a worker, whatever a pack says of it. */
export interface InventoryItem {
  readonly revision: string;
  readonly deployment: string;
  readonly bundleDigest: string;
  readonly phase: WorkerStatus['phase'];
  readonly starts: number;
  /** Identity of the process that runs; null when none does. */
  readonly bootId: string | null;
}

/** A platform of the kit's own: real processes, started by orders of the pack under test, seen without asking it. */
export class WorkerProvider {
  readonly #environments = new Map<string, Map<string, Worker>>();
  #changes = 0;

  /** Orders that had an effect, in all environments. */
  get changes(): number {
    return this.#changes;
  }

  /** What exists in an environment, in the order of ids. */
  inventory(environment: string): InventoryItem[] {
    const workers = [...this.#workers(environment).values()];
    return workers
      .map(({ spec, phase, starts, bootId }) => ({
        revision: spec.revision,
        deployment: spec.deployment,
        bundleDigest: spec.bundle.digest,
        phase,
        starts,
        bootId,
      }))
      .sort((a, b) => (a.revision < b.revision ? -1 : 1));
  }

  /** One digest over what exists, of one deployment or of all: equal when nothing changed. */
  digest(environment: string, deployment?: string): string {
    const items = this.inventory(environment);
    return digestOf(canonicalize(items.filter((item) => deployment === undefined || item.deployment === deployment)));
  }

  /** Kills a worker and leaves it dead, as a machine that is lost. */
  async lose(environment: string, revision: string): Promise<void> {
    const worker = this.#worker(environment, revision);
    await end(worker);
    Object.assign(worker, { phase: 'failed', endpoint: null, bootId: null });
  }

  /** The `workers` permission of one environment. */
  portOf(environment: string): Workers {
    return {
      define: async (spec) => this.#define(environment, spec),
      start: async ({ revision }) => this.#start(this.#worker(environment, revision)),
      stop: async ({ revision }) => this.#stop(this.#worker(environment, revision)),
      remove: async ({ revision }) => {
        const worker = this.#workers(environment).get(revision);
        if (worker === undefined) return {};
        this.#changes++;
        this.#workers(environment).delete(revision);
        await end(worker);
        return {};
      },
      list: async () => ({ workers: [...this.#workers(environment).values()].map(statusOf) }),
    };
  }

  /** Ends every process. */
  async close(): Promise<void> {
    const workers = [...this.#environments.values()].flatMap((environment) => [...environment.values()]);
    this.#environments.clear();
    await Promise.all(workers.map(end));
  }

  #workers(environment: string): Map<string, Worker> {
    const workers = this.#environments.get(environment) ?? new Map<string, Worker>();
    this.#environments.set(environment, workers);
    return workers;
  }

  #worker(environment: string, revision: string): Worker {
    const worker = this.#workers(environment).get(revision);
    if (worker === undefined) throw new GreenticError('worker/not-found', `There is no worker ${revision}.`);
    return worker;
  }

  #define(environment: string, spec: WorkerSpec): Record<never, never> {
    const known = this.#workers(environment).get(spec.revision);
    if (known === undefined) {
      this.#changes++;
      const fresh: Worker = { spec, phase: 'defined', endpoint: null, starts: 0, bootId: null, child: undefined };
      this.#workers(environment).set(spec.revision, fresh);
    } else if (known.spec.bundle.digest !== spec.bundle.digest) {
      throw new GreenticError('deploy/revision-conflict', `${spec.revision} runs another bundle.`);
    }
    return {};
  }

  #start(worker: Worker): Record<never, never> {
    if (worker.child !== undefined) return {};
    this.#changes++;
    worker.starts++;
    const bootId = randomUUID();
    const { revision, bundle } = worker.spec;
    const child = spawn(process.execPath, ['-e', PROGRAM, revision, bundle.digest, bootId], {
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    Object.assign(worker, { child, bootId, phase: 'starting' });
    child.stdout.once('data', (port: Buffer) => {
      if (worker.child !== child) return;
      Object.assign(worker, { phase: 'running', endpoint: `http://127.0.0.1:${port.toString().trim()}` });
    });
    child.once('exit', () => {
      if (worker.child === child)
        Object.assign(worker, { child: undefined, phase: 'failed', endpoint: null, bootId: null });
    });
    return {};
  }

  async #stop(worker: Worker): Promise<Record<never, never>> {
    if (worker.phase === 'defined') return {};
    this.#changes++;
    await end(worker);
    Object.assign(worker, { phase: 'defined', endpoint: null, bootId: null });
    return {};
  }
}

async function end(worker: Worker): Promise<void> {
  const { child } = worker;
  worker.child = undefined;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

function statusOf({ spec, phase, endpoint, starts }: Worker): WorkerStatus {
  const { revision, bundle } = spec;
  const message = phase === 'failed' ? 'The process is gone.' : '';
  return { revision, bundleDigest: bundle.digest, phase, endpoint, starts, message };
}
