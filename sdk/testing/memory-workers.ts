import type { WorkerSpec, WorkerStatus, Workers } from '@greentic/core/slots';
import { PackError } from '../pack-error.ts';

/** Workers that run nothing: they take orders, and show them. A started worker is running at once. */
export class MemoryWorkers implements Workers {
  readonly #workers = new Map<string, WorkerStatus & WorkerSpec>();

  async define(spec: WorkerSpec): Promise<Record<never, never>> {
    const known = this.#workers.get(spec.revision);
    if (known !== undefined && known.bundleDigest !== spec.bundle.digest) {
      throw new PackError('deploy/revision-conflict', `${spec.revision} runs another bundle.`);
    }
    const fresh = { phase: 'defined', endpoint: null, starts: 0, message: '' } as const;
    this.#workers.set(spec.revision, known ?? { ...spec, bundleDigest: spec.bundle.digest, ...fresh });
    return {};
  }

  async start({ revision }: { revision: string }): Promise<Record<never, never>> {
    const worker = this.#worker(revision);
    if (worker.phase === 'running') return {};
    Object.assign(worker, { phase: 'running', endpoint: `unix:/run/${revision}.sock`, starts: worker.starts + 1 });
    return {};
  }

  async stop({ revision }: { revision: string }): Promise<Record<never, never>> {
    Object.assign(this.#worker(revision), { phase: 'defined', endpoint: null });
    return {};
  }

  async remove({ revision }: { revision: string }): Promise<Record<never, never>> {
    this.#workers.delete(revision);
    return {};
  }

  async list(): Promise<{ workers: WorkerStatus[] }> {
    return { workers: [...this.#workers.values()].map((worker) => ({ ...worker })) };
  }

  /** Lets a worker fail, as a crash of its process would. */
  crash(revision: string): void {
    Object.assign(this.#worker(revision), { phase: 'failed', endpoint: null, message: 'crashed' });
  }

  #worker(revision: string): WorkerStatus & WorkerSpec {
    const worker = this.#workers.get(revision);
    if (worker === undefined) throw new PackError('worker/not-found', `There is no worker ${revision}.`);
    return worker;
  }
}
