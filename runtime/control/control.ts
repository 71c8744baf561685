import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import process from 'node:process';
import {
  decode,
  ERRORS,
  GreenticError,
  isGreenticError,
  parseJson,
  toGreenticError,
  type Witness,
  type Workers,
} from '@greentic/core';
import { CONTROL_MAX_BYTES, ReloadOrder, type ServeStatus, WitnessOrder, WorkerOrder } from './control-route.ts';

/** What orders do. */
export interface ControlHandlers {
  status(): ServeStatus | Promise<ServeStatus>;
  /** Resolves when the router serves this generation or a later one, with the one it serves. */
  reload(order: { generation: number }, signal: AbortSignal): Promise<{ generation: number }>;
  readonly workers: Workers;
  witness(order: WitnessOrder): Promise<Witness>;
  /** Called once the answer to the order is out. */
  stop(): void;
}

/** What a control is made of. */
export interface ControlOptions {
  /** As `controlPath` gives it; its folder has to exist. */
  readonly path: string;
  readonly handlers: ControlHandlers;
  /** Longest wait for a reload, in milliseconds; 5,000 when missing. */
  readonly reloadMs?: number;
}

/** The ear of the process that serves an environment. */
export interface Control {
  close(): Promise<void>;
}

type Route = (body: unknown, response: ServerResponse) => Promise<unknown>;

/**
 * Listens for orders: JSON over HTTP on a socket that only its owner can open. Takes over the socket a dead process left
 * behind; throws `runtime/already-running` when a living one answers on it.
 */
export async function createControl({ path, handlers, reloadMs = 5000 }: ControlOptions): Promise<Control> {
  await removeStale(path);
  const routes = routesOf(handlers, reloadMs);
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(routes, request, response).catch(() => response.destroy());
  });
  await once(server.listen(path), 'listening');
  if (process.platform !== 'win32') await chmod(path, 0o600);
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function routesOf(handlers: ControlHandlers, reloadMs: number): Readonly<Record<string, Route>> {
  const workers = Object.keys(WorkerOrder) as (keyof Workers)[];
  const orders = workers.map((method): [string, Route] => [
    `POST /workers/${method}`,
    // The schema is the one of this method; the compiler does not follow it through the table.
    async (body) => handlers.workers[method](decode(WorkerOrder[method], body) as never),
  ]);
  return {
    'GET /status': async () => handlers.status(),
    'POST /reload': (body) => reload(handlers, decode(ReloadOrder, body), reloadMs),
    'POST /witness': (body) => handlers.witness(decode(WitnessOrder, body)),
    'POST /stop': async (_body, response) => {
      response.once('close', () => handlers.stop());
      return {};
    },
    ...Object.fromEntries(orders),
  };
}

async function reload(handlers: ControlHandlers, order: ReloadOrder, reloadMs: number): Promise<unknown> {
  const signal = AbortSignal.timeout(reloadMs);
  const late = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => late.reject(new GreenticError('runtime/not-acknowledged')));
  const { generation } = await Promise.race([handlers.reload(order, signal), late.promise]);
  if (generation >= order.generation) return { generation };
  throw new GreenticError(
    'runtime/not-acknowledged',
    `The router serves generation ${generation}, not ${order.generation}.`,
  );
}

async function answer(
  routes: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const body = await readBody(request);
    const name = `${request.method} ${request.url}`;
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined) throw new GreenticError('input/invalid', 'There is no such order.');
    send(response, 200, await route(body, response));
  } catch (error) {
    const told = isGreenticError(error) ? error : new GreenticError('internal/unforeseen', undefined, { cause: error });
    send(response, ERRORS[told.code].http, { error: toGreenticError(told).toData() });
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  response.writeHead(status, headers).end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > CONTROL_MAX_BYTES) {
      throw new GreenticError('input/too-large', `An order has at most ${CONTROL_MAX_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return bytes === 0 ? {} : parseJson(Buffer.concat(chunks), { maxBytes: CONTROL_MAX_BYTES });
}

/** Removes the socket of a process that is gone: nobody listens on it any more. */
async function removeStale(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
    return await rm(path, { force: true });
  } finally {
    socket.destroy();
  }
  throw new GreenticError('runtime/already-running');
}
