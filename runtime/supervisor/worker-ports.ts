import type { BundleBytes } from '../worker/bundle-bytes.ts';
import type { WorkerSpec } from './wanted-workers.ts';
import type { OnCall } from './worker-call.ts';
import type { WorkerLine } from './worker-line.ts';

/** Times of a worker's life, in milliseconds. */
export interface WorkerTimes {
  /** From its launch until it has answered who it is. */
  readonly startMs: number;
  /** For running requests when it is stopped. */
  readonly drainMs: number;
  /** Between two questions whether it still answers. */
  readonly probeEveryMs: number;
  /** For one answer to that question. */
  readonly probeMs: number;
  /** For a call of the worker. */
  readonly callMs: number;
}

/** The times a worker has unless told otherwise. */
export const WORKER_TIMES: WorkerTimes = {
  startMs: 10_000,
  drainMs: 30_000,
  probeEveryMs: 5000,
  probeMs: 5000,
  callMs: 10_000,
};

/** What workers need of the outside. */
export interface WorkerPorts {
  readonly environment: string;
  /** The bytes of a bundle, verified by who gives them; they are checked against the digest once more. */
  loadBundle(pin: WorkerSpec['bundle']): Promise<BundleBytes>;
  readonly onCall: OnCall;
  /** Takes what a worker writes, and why it ended. Must not throw. */
  onLog(line: WorkerLine): void;
  readonly now: () => Date;
  readonly random: (bytes: number) => Uint8Array;
  readonly times: WorkerTimes;
}
