import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkerStatus } from '@greentic/core';
import { createSupervisor, type Supervisor, type SupervisorOptions } from '../supervisor/supervisor.ts';
import type { WorkerSpec } from '../supervisor/wanted-workers.ts';
import type { WorkerLine } from '../supervisor/worker-line.ts';
import { eventually } from './eventually.ts';
import type { SampleBundle } from './sample-bundle.ts';

/** A worker's answer to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Sends one request to an endpoint `unix:<path>`. */
export function ask(endpoint: string, target = '/', options: { method?: string; body?: string } = {}): Promise<Answer> {
  const { method = 'GET', body = '' } = options;
  return new Promise((resolve, reject) => {
    const socketPath = endpoint.slice('unix:'.length);
    const headers = { host: 'desk.test', 'content-length': Buffer.byteLength(body) };
    const asking = request({ socketPath, path: target, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

/** A supervisor in a folder of its own, with everything it said; closed and removed by `await using`. */
export class SupervisorBed implements AsyncDisposable {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'gtc-bed-'));
  readonly lines: WorkerLine[] = [];
  readonly bundles = new Map<string, SampleBundle['bytes']>();
  #supervisor: Supervisor | undefined;

  /** Opens a supervisor, anew when there was one. */
  async open(options: Partial<SupervisorOptions> = {}): Promise<Supervisor> {
    await this.#supervisor?.close({ drainMs: 0 });
    this.#supervisor = await createSupervisor({
      environment: 'local',
      folder: path.join(this.folder, 'run', 's'),
      stateFile: path.join(this.folder, 'workers.json'),
      loadBundle: async ({ digest }) => {
        const bytes = this.bundles.get(digest);
        if (bytes === undefined) throw new Error('There is no such bundle here.');
        return bytes;
      },
      onCall: async () => {
        throw new Error('This test expects no call.');
      },
      onLog: (line) => this.lines.push(line),
      now: () => new Date(),
      random: (count) => randomBytes(count),
      ...options,
    });
    return this.#supervisor;
  }

  /** The supervisor opened last. */
  get supervisor(): Supervisor {
    if (this.#supervisor === undefined) throw new Error('No supervisor was opened.');
    return this.#supervisor;
  }

  /** Defines and starts a worker of a bundle and gives its endpoint once it is running. */
  async run(bundle: SampleBundle, spec: WorkerSpec = bundle.spec()): Promise<string> {
    this.bundles.set(bundle.digest, bundle.bytes);
    await this.supervisor.define(spec);
    await this.supervisor.start(spec);
    return this.running(spec.revision);
  }

  /** The endpoint of a worker, once it is running. */
  async running(revision: string): Promise<string> {
    const { endpoint } = await this.reached(revision, 'running');
    return endpoint ?? '';
  }

  /** The status of a worker, once it is in a phase. */
  async reached(revision: string, phase: WorkerStatus['phase']): Promise<WorkerStatus> {
    return eventually(async () => {
      const status = await this.status(revision);
      return status?.phase === phase ? status : undefined;
    });
  }

  async status(revision: string): Promise<WorkerStatus | undefined> {
    const { workers } = await this.supervisor.list();
    return workers.find((worker) => worker.revision === revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor?.close({ drainMs: 0 });
    rmSync(this.folder, { recursive: true, force: true });
  }
}
