import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GreenticError, type RuntimeConfig } from '@greentic/core';
import { refusalOf } from './refusal.ts';
import { createService, type Service, type WorkerFailure } from './service.ts';
import { createSessionPins, type Pins } from './session-pin.ts';
import { assertKeys, type CookieKeys } from './signing-key.ts';
import { compileSnapshot, type Snapshot } from './snapshot.ts';
import { type RouterStats, reportStats } from './stats.ts';
import { asksForTunnel } from './tunnel.ts';
import { createUpstreamSet } from './upstream-set.ts';

/** What a request may cost. */
export interface RouterLimits {
  /** Largest request body, in bytes. */
  readonly bodyBytes: number;
  /** Most time for a request to arrive whole, and for its worker to begin an answer, in milliseconds. */
  readonly requestMs: number;
  /** Most time between two pieces of a worker's answer, in milliseconds. */
  readonly silenceMs: number;
  /** Most time for the store of pins to answer, in milliseconds. */
  readonly pinsMs: number;
  /** Pause before a request its worker never saw is sent again, in milliseconds. */
  readonly retryAfterMs: number;
}

const LIMITS: RouterLimits = {
  bodyBytes: 10 * 1024 * 1024,
  requestMs: 60_000,
  silenceMs: 60_000,
  pinsMs: 250,
  retryAfterMs: 250,
};

/** What the router tells whoever runs it. */
export type RouterEvent = WorkerFailure | { readonly type: 'applied'; readonly generation: number };

/** How to run a router. */
export interface RouterOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly keys: CookieKeys;
  /** Where sessions are pinned; without it, the cookie alone keeps them. */
  readonly pins?: Pins;
  /** Scheme that clients see, when something in front ends TLS: it makes cookies Secure. `http` unless given. */
  readonly scheme?: 'http' | 'https';
  readonly now: () => Date;
  readonly onEvent?: (event: RouterEvent) => void;
  readonly limits?: Partial<RouterLimits>;
}

/** The data plane of an environment. */
export interface Router {
  /** Starts to listen. */
  listen(): Promise<{ host: string; port: number }>;
  /**
   * Serves a configuration from the next request on, and returns its generation. On an error the one before stays in
   * force, whole. Throws `env/stale` for an older generation and `runtime/config-invalid`, `traffic/entry`,
   * `traffic/sum` or `deployment/route-conflict` for one that cannot be served.
   */
  apply(config: RuntimeConfig): number;
  /** Generation in force; 0 before the first. */
  readonly generation: number;
  stats(): RouterStats;
  /** Takes no more connections, lets requests under way end for at most `drainMs`, then breaks the rest. */
  close(options: { drainMs: number }): Promise<void>;
}

/** Creates a router; it listens once told to. Throws `runtime/config-invalid` for keys it cannot sign with. */
export function createRouter(options: RouterOptions): Router {
  assertKeys(options.keys);
  const limits = { ...LIMITS, ...options.limits };
  const upstreams = createUpstreamSet({ connectMs: 5_000, headersMs: limits.requestMs, silenceMs: limits.silenceMs });
  let snapshot: Snapshot | undefined;
  let closing = false;
  const service = createService({
    snapshot: () => snapshot,
    closing: () => closing,
    upstreams,
    keys: options.keys,
    sessions: options.pins === undefined ? undefined : createSessionPins(options.pins, { deadlineMs: limits.pinsMs }),
    scheme: options.scheme ?? 'http',
    maxBodyBytes: limits.bodyBytes,
    retryAfterMs: limits.retryAfterMs,
    now: options.now,
    onFailure: (failure) => options.onEvent?.(failure),
  });
  const tunnels = new Set<Socket>();
  const server = serve(service, limits, tunnels);
  return {
    listen: () => listen(server, options.listen),
    apply(config) {
      assertSuccessor(config, snapshot);
      snapshot = compileSnapshot(config, snapshot);
      upstreams.follow(snapshot.endpoints);
      options.onEvent?.({ type: 'applied', generation: snapshot.generation });
      return snapshot.generation;
    },
    get generation() {
      return snapshot?.generation ?? 0;
    },
    stats: () => reportStats(snapshot, upstreams),
    async close({ drainMs }) {
      closing = true;
      await drain(server, tunnels, drainMs);
      await upstreams.destroy();
    },
  };
}

function assertSuccessor(config: RuntimeConfig, before: Snapshot | undefined): void {
  if (before === undefined) return;
  if (config.environment !== before.environment) {
    throw new GreenticError(
      'runtime/config-invalid',
      `The router serves ${before.environment}, not ${config.environment}.`,
    );
  }
  if (config.generation < before.generation) {
    throw new GreenticError(
      'env/stale',
      `Generation ${config.generation} is older than ${before.generation}, which is served.`,
    );
  }
}

function serve(service: Service, limits: RouterLimits, tunnels: Set<Socket>): Server {
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: 16 * 1024,
    headersTimeout: Math.min(15_000, limits.requestMs),
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(5_000, limits.requestMs),
    keepAliveTimeout: 65_000,
    shouldUpgradeCallback: asksForTunnel,
  });
  // Node drops lines above this number silently; the bytes are limited above, and the service counts.
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => service.answer(request, response));
  server.on('checkContinue', (request, response) => service.answer(request, response));
  server.on('clientError', refuseRaw);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    socket.on('error', () => socket.destroy());
    if (head.byteLength > 0) socket.unshift(head);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => socket.destroySoon());
    service.answer(request, response, request.headers.upgrade);
  });
  return server;
}

/** Answers what is no HTTP request: nothing of it was understood, so there is no response object to use. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket | import('node:stream').Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, refusal] = rawRefusals.get(error.code ?? '') ?? [
    400,
    new GreenticError('input/invalid', 'This is not an HTTP/1.1 request.'),
  ];
  const { headers, body } = refusalOf(refusal);
  const lines = Array.from({ length: headers.length / 2 }, (_, i) => `${headers[2 * i]}: ${headers[2 * i + 1]}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\n${lines.join('')}\r\n${body}`);
}

const rawRefusals = new Map<string, [number, GreenticError]>([
  ['HPE_HEADER_OVERFLOW', [431, new GreenticError('input/too-large', 'The header is larger than 16 KiB.')]],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, new GreenticError('input/invalid', 'The request did not arrive in time.')]],
]);

function listen(server: Server, { host, port }: RouterOptions['listen']): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    const failed = ({ code }: NodeJS.ErrnoException) =>
      reject(new GreenticError('runtime/port-unusable', `Nothing can listen on ${host}, port ${port}: ${code}.`));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve({ host, port: (server.address() as AddressInfo).port });
    });
  });
}

async function drain(server: Server, tunnels: ReadonlySet<Socket>, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const deadline = setTimeout(() => {
    server.closeAllConnections();
    for (const socket of tunnels) socket.destroy();
  }, drainMs);
  await closed;
  clearTimeout(deadline);
}
