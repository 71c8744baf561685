import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeConfig } from '@greentic/core';
import { createRouter, type Router, type RouterOptions } from './server.ts';

/** A key for tests: 32 equal bytes. */
export const testKey = (kid: string, byte = 7) => ({ kid, key: new Uint8Array(32).fill(byte) });

/** One deployment of a test configuration, shortly: what is not given is as in `shop.acme` on any host. */
export interface ShortDeployment {
  readonly deployment?: string;
  readonly hosts?: string[];
  readonly pathPrefix?: string;
  readonly splitGeneration?: number;
  /** Weight by sequence number. */
  readonly weights?: Readonly<Record<number, number>>;
  /** Endpoint by sequence number. */
  readonly endpoints: Readonly<Record<number, string>>;
  /** Sequence numbers of draining revisions. */
  readonly draining?: readonly number[];
}

/** A configuration from its short form. */
export function configOf(generation: number, ...deployments: readonly ShortDeployment[]): RuntimeConfig {
  return RuntimeConfig.parse({
    schema: 'greentic.runtime-config/1',
    environment: 'local',
    generation,
    deployments: deployments.map((short) => {
      const {
        deployment = 'shop.acme',
        hosts = [],
        pathPrefix = '/',
        splitGeneration = 1,
        weights = {},
        endpoints,
      } = short;
      return {
        deployment,
        customer: deployment.split('.')[1],
        route: { hosts, pathPrefix },
        splitGeneration,
        entries: Object.entries(weights).map(([n, weightBps]) => ({ revision: `${deployment}.${n}`, weightBps })),
        targets: Object.entries(endpoints).map(([n, endpoint]) => ({
          revision: `${deployment}.${n}`,
          bundleDigest: `sha256:${n.padStart(64, '0')}`,
          state: short.draining?.includes(Number(n)) ? 'draining' : 'ready',
          endpoint,
        })),
      };
    }),
  });
}

/** Servers and routers of one test, closed together at its end by `await using`. */
export class Testbed implements AsyncDisposable {
  readonly #closers: (() => unknown)[] = [];

  /** A worker on a loopback port. */
  async worker(listener: RequestListener): Promise<{ endpoint: string; server: Server }> {
    const server = createServer({ keepAliveTimeout: 60_000 }, listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    this.onClose(() => closeServer(server));
    return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  }

  /** A worker on a unix socket. */
  async unixWorker(listener: RequestListener): Promise<{ endpoint: string; server: Server; path: string }> {
    const path = join(this.directory(), 'w.sock');
    const server = createServer({ keepAliveTimeout: 60_000 }, listener);
    await once(server.listen(path), 'listening');
    this.onClose(() => closeServer(server));
    return { endpoint: `unix:${path}`, server, path };
  }

  /** An empty folder. */
  directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'gtc-router-'));
    this.onClose(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /** A listening router on a loopback port. */
  async router(options: Partial<RouterOptions> = {}): Promise<{ router: Router; origin: string; port: number }> {
    const router = createRouter({
      listen: { host: '127.0.0.1', port: 0 },
      keys: [testKey('k1')],
      now: () => new Date(),
      ...options,
    });
    const { port } = await router.listen();
    this.onClose(() => router.close({ drainMs: 0 }));
    return { router, origin: `http://127.0.0.1:${port}`, port };
  }

  /** A router in front of one worker that gets everything; its configuration has generation 5. */
  async inFront(
    listener: RequestListener,
    options: Partial<RouterOptions> = {},
  ): Promise<{ router: Router; origin: string; port: number }> {
    const { endpoint } = await this.worker(listener);
    const routed = await this.router(options);
    routed.router.apply(configOf(5, { weights: { 1: 10_000 }, endpoints: { 1: endpoint } }));
    return routed;
  }

  /** Runs at the end; the last registered first. */
  onClose(closer: () => unknown): void {
    this.#closers.push(closer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const closer of this.#closers.toReversed()) await closer();
  }
}

/** Stops a server and breaks its connections. */
export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
}

/** Sends bytes over a new connection and gives all that comes back until the other side closes, or `until` is in it. */
export async function exchangeRaw(port: number, bytes: string, until?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(10_000, () => socket.destroy(new Error('nothing came for 10 s')));
  socket.write(bytes, 'latin1');
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1');
    if (until !== undefined && text.includes(until)) break;
  }
  return text;
}

/** Waits until a condition holds; fails after 10 seconds. */
export async function eventually(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('The condition did not come to hold within 10 s.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What `mirror` answers: what arrived. */
export interface Mirrored {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** A worker's listener that answers with what arrived, as JSON. */
export function mirror(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString() }));
  });
}

/** The bytes of a request's head. */
export function rawHead(...lines: string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}
