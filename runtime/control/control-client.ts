import { dirname } from 'node:path';
import process from 'node:process';
import { decode, GreenticError, isErrorCode, parseJson, Witness, type Workers } from '@greentic/core';
import * as z from 'zod';
import { assertOurs } from '../supervisor/run-folder.ts';
import { CONTROL_MAX_BYTES, Reloaded, ServeStatus, type WitnessOrder, WorkerResult } from './control-route.ts';

/** Longest wait for an answer, in milliseconds: longer than the longest order takes. */
const ANSWER_MS = 15_000;

const Failure = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  }),
});

/**
 * Gives orders to the process that serves an environment. Each throws `runtime/unreachable` when there is none, and
 * `runtime/socket-folder` when the socket lies where others could put one of theirs.
 */
export interface ControlClient {
  status(): Promise<ServeStatus>;
  /** Resolves when the router serves this generation or a later one; otherwise `runtime/not-acknowledged`. */
  reload(order: { generation: number }): Promise<{ generation: number }>;
  readonly workers: Workers;
  /** Lets the serving process look who answers at an endpoint. Throws `witness/mismatch` or `worker/failed`. */
  witness(order: WitnessOrder): Promise<Witness>;
  /** Resolves when the order is taken. */
  stop(): Promise<void>;
}

/** A client of the control at a path, as `controlPath` gives it. Connects for each order. */
export function connectControl(path: string): ControlClient {
  const post = async <T>(route: string, result: z.ZodType<T>, order: object = {}) =>
    decode(result, await send(path, 'POST', route, JSON.stringify(order)), 'internal/unforeseen', 'The answer');
  return {
    status: async () =>
      decode(ServeStatus, await send(path, 'GET', '/status', ''), 'internal/unforeseen', 'The status'),
    reload: (order) => post('/reload', Reloaded, order),
    witness: (order) => post('/witness', Witness, order),
    stop: async () => void (await post('/stop', z.strictObject({}))),
    workers: {
      define: (order) => post('/workers/define', WorkerResult.define, order),
      start: (order) => post('/workers/start', WorkerResult.start, order),
      stop: (order) => post('/workers/stop', WorkerResult.stop, order),
      remove: (order) => post('/workers/remove', WorkerResult.remove, order),
      list: () => post('/workers/list', WorkerResult.list),
    },
  };
}

async function send(path: string, method: string, route: string, body: string): Promise<unknown> {
  await assertSocketOurs(path);
  const { status, bytes } = await exchange(path, method, route, body);
  const value = parseJson(bytes, { maxBytes: CONTROL_MAX_BYTES, code: 'internal/unforeseen' });
  if (status === 200) return value;
  const { code, message, hint, details } = decode(Failure, value, 'internal/unforeseen', 'The refusal').error;
  const options = details === undefined ? { hint } : { hint, details };
  throw new GreenticError(isErrorCode(code) ? code : 'internal/unforeseen', message, options);
}

/** Whoever answers is believed, down to what a witness saw: nobody else may be able to answer. */
async function assertSocketOurs(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await assertOurs(dirname(path)).catch((error: Error) => {
    throw error instanceof GreenticError ? error : unreachable(error);
  });
}

interface Exchange {
  readonly status: number | undefined;
  readonly bytes: Buffer;
}

async function exchange(socketPath: string, method: string, route: string, body: string): Promise<Exchange> {
  // Loaded when an order is given: Node's HTTP takes longer to load than most commands take to run.
  const { request } = await import('node:http');
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const signal = AbortSignal.timeout(ANSWER_MS);
  return await new Promise((resolve, reject) => {
    const lost = (cause: Error) => reject(unreachable(cause));
    const asking = request({ socketPath, method, path: route, headers, agent: false, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        chunks.push(chunk);
        if (bytes > CONTROL_MAX_BYTES) asking.destroy(new Error('The answer is too large.'));
      });
      response.on('end', () => resolve({ status: response.statusCode, bytes: Buffer.concat(chunks) }));
      response.on('error', lost);
    });
    asking.on('error', lost);
    asking.end(body);
  });
}

function unreachable(cause: Error): GreenticError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ECONNREFUSED')
    return new GreenticError('runtime/unreachable', undefined, { cause });
  const message = `The process that serves this environment did not answer: ${cause.message}.`;
  return new GreenticError('runtime/unreachable', message, { hint: 'Look at the log of gtc serve.', cause });
}
