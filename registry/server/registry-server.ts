import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import { GreenticError } from '@greentic/core';
import { holdFolderLock } from '../layout/folder-lock.ts';
import type { Log } from './access-log.ts';
import { AccountBook } from './account.ts';
import { BearerMint } from './bearer.ts';
import { blobEndpoint } from './blob-endpoint.ts';
import { answer, answerJson, answerRefusal, type Exchange } from './exchange.ts';
import { Gate } from './gate.ts';
import { referrersEndpoint, tagsEndpoint } from './listing-endpoint.ts';
import { LoginBrake } from './login-brake.ts';
import { manifestEndpoint } from './manifest-endpoint.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { parseRoute, type Route } from './route.ts';
import { Shelf } from './shelf.ts';
import { startEndpoint, uploadEndpoint } from './upload-endpoint.ts';
import { type UploadLimits, Uploads } from './uploads.ts';

/** How much a server takes, and for how long. */
export interface ServerLimits extends UploadLimits {
  /** Longest a client may take to send its headers, in milliseconds. */
  readonly headersMs: number;
  /** Longest a client may take to send a request whole, in milliseconds. */
  readonly requestMs: number;
  /** Connections at once. */
  readonly connections: number;
}

/** What a server uses unless told otherwise. */
export const SERVER_LIMITS: ServerLimits = {
  blobBytes: 2 ** 30,
  uploads: 64,
  uploadsPerAccount: 16,
  idleMs: 3_600_000,
  headersMs: 10_000,
  requestMs: 900_000,
  connections: 1024,
};

/** How a registry is served. */
export interface ServeOptions {
  readonly folder: string;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Certificate chain and key, PEM. Without them the host must be this machine. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Whether anybody may read. */
  readonly publicRead: boolean;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly now: () => Date;
  readonly log: Log;
}

/** A registry folder over HTTP: the OCI distribution specification 1.1. */
export class RegistryServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #uploads: Uploads;
  readonly #shelf: Shelf;
  readonly #gate: Gate;
  readonly #options: ServeOptions;
  readonly #held: AsyncDisposableStack;

  private constructor(
    options: ServeOptions,
    parts: { server: Server; uploads: Uploads; shelf: Shelf; gate: Gate; url: string; held: AsyncDisposableStack },
  ) {
    this.#options = options;
    this.#held = parts.held;
    this.#server = parts.server;
    this.#uploads = parts.uploads;
    this.#shelf = parts.shelf;
    this.#gate = parts.gate;
    this.url = parts.url;
  }

  /** Starts serving. Throws `registry/tls-required`, `registry/accounts-invalid`, `registry/unreachable` for a taken port. */
  static async start(options: ServeOptions): Promise<RegistryServer> {
    const { folder, now, host, tls } = options;
    if (tls === undefined && !isLoopback(host))
      throw new GreenticError('registry/tls-required', `Without TLS the registry does not listen on ${host}.`);
    const limits = { ...SERVER_LIMITS, ...options.limits };
    const server = makeServer(options, limits);
    const accounts = new AccountBook(folder);
    // A file that cannot be believed is noticed now, not at the first login.
    await accounts.find('');
    await using held = new AsyncDisposableStack();
    held.use(holdFolderLock(folder, 'serve'));
    const shelf = held.use(new Shelf(folder));
    const uploads = held.use(await Uploads.open(folder, { limits, now }));
    const gate = new Gate({
      accounts,
      mint: new BearerMint(now),
      brake: new LoginBrake(now),
      publicRead: options.publicRead,
    });
    const address = await listen(server, options);
    const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    const url = `${tls === undefined ? 'http' : 'https'}://${name}:${address.port}`;
    const served = new RegistryServer(options, { server, uploads, shelf, gate, url, held: held.move() });
    server.on('request', (request, response) => void served.#handle(request, response));
    return served;
  }

  /** Takes no new request, lets those under way end for so long, and gives unfinished uploads up. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
    await this.#held.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    let account: string | undefined;
    let failure: Refusal | undefined;
    const [path = '', search = ''] = splitUrl(request.url ?? '');
    try {
      const origin = originOf(request, this.url);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      const route = parseRoute(path);
      if (route.kind !== 'page') response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
      const caller = await this.#gate.callerOf(request, origin);
      account = caller.account?.name;
      this.#gate.admit(caller, route, request.method ?? '', origin);
      await this.#dispatch(route, { request, response, caller, query: new URLSearchParams(search) }, origin);
    } catch (error) {
      failure = refusalOf(error);
      answerRefusal({ request, response }, failure);
    }
    const { method } = request;
    const ms = Math.round(performance.now() - started);
    const line = {
      event: 'request',
      at: this.#options.now().toISOString(),
      method,
      path: path.slice(0, 512),
      status: response.statusCode,
      ms,
      account,
    };
    this.#options.log(
      failure === undefined ? line : { ...line, code: failure.code, reason: failure.message, cause: causeOf(failure) },
    );
  }

  async #dispatch(route: Route, exchange: Exchange, origin: string): Promise<void> {
    const parts = { shelf: this.#shelf, uploads: this.#uploads, gate: this.#gate };
    switch (route.kind) {
      case 'base':
        return answerJson(exchange, 200, {});
      case 'token':
        return answerJson(exchange, 200, this.#gate.grant(exchange.caller, exchange.query, origin), {
          'Cache-Control': 'no-store',
        });
      case 'blob':
        return blobEndpoint(this.#shelf, exchange, route);
      case 'uploads':
        return startEndpoint(parts, exchange, route);
      case 'upload':
        return uploadEndpoint(parts, exchange, route);
      case 'manifest':
        return manifestEndpoint(this.#shelf, exchange, route);
      case 'tags':
        return tagsEndpoint(this.#shelf.repositories, exchange, route);
      case 'referrers':
        return referrersEndpoint(this.#shelf.repositories, exchange, route);
      default:
        return answer(exchange, 404);
    }
  }
}

function causeOf({ cause }: Refusal): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

function splitUrl(url: string): [path: string, search: string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

/** Where clients find this server: by the name they called it, when that is a name. */
function originOf(request: IncomingMessage, url: string): string {
  const { host = '' } = request.headers;
  const named = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/.test(host);
  return named ? `${new URL(url).protocol}//${host}` : url;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

function makeServer({ tls }: ServeOptions, limits: ServerLimits): Server {
  const settings = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    keepAliveTimeout: 30_000,
    maxHeaderSize: 16 * 1024,
  };
  const server = tls === undefined ? createPlainServer(settings) : createSecureServer(settings, tls);
  server.maxConnections = limits.connections;
  return server;
}

function createSecureServer(settings: object, tls: { cert: string | Buffer; key: string | Buffer }): Server {
  try {
    return createTlsServer({ ...settings, ...tls, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new GreenticError('input/invalid', 'The certificate and its key are no pair in PEM.', { cause: error });
  }
}

function listen(server: Server, { host, port }: ServeOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(new GreenticError('registry/unreachable', `Nothing can listen on ${host}, port ${port}: ${error.code}.`));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve(server.address() as AddressInfo);
    });
  });
}
