import type { WorkerIdentity } from '@greentic/core';

/** The first message to a worker process: all it ever learns. Bytes are base64. */
export interface StartMessage {
  readonly t: 'start';
  readonly identity: WorkerIdentity;
  readonly bundleDigest: string;
  /** Slots the bundle asks for. */
  readonly needs: readonly string[];
  /** Where to listen. */
  readonly socketPath: string;
  /** Process of the supervisor; the worker does not outlive it. */
  readonly parentPid: number;
  readonly image: string;
  readonly config: string;
  readonly module: string;
}

/** The answer to a call of the worker. */
export type ReplyMessage =
  | { readonly t: 'reply'; readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly t: 'reply'; readonly id: number; readonly ok: false; readonly error: { code: string; message: string } };

/** What a supervisor says to a worker process, one JSON line each on its standard input. */
export type SupervisorMessage = StartMessage | ReplyMessage | { readonly t: 'drain'; readonly drainMs: number };

/** What a worker process says to its supervisor, one JSON line each on descriptor 3. */
export type WorkerMessage =
  | { readonly t: 'listening' }
  | { readonly t: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly t: 'call';
      readonly id: number;
      readonly slot: string;
      readonly method: string;
      readonly input: unknown;
    };

/** The descriptor a worker process speaks on. */
export const SPEAKING_FD = 3;

/** Longest line of a worker to its supervisor, in bytes: a state entry of the largest size, escaped, and some. */
export const WORKER_LINE_BYTES = 2 * 2 ** 20;
