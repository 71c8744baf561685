import { stat } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { GreenticError } from '@greentic/core';
import { holdFolderLock } from '../layout/folder-lock.ts';
import type { SealKeys } from '../publish/index-change.ts';
import type { Log } from './access-log.ts';
import { AccountBook } from './account.ts';
import { BearerMint } from './bearer.ts';
import { blobEndpoint } from './blob-endpoint.ts';
import { answerJson, answerRefusal, type Exchange } from './exchange.ts';
import { Gate } from './gate.ts';
import { metadataEndpoint, publicationEndpoint } from './index-endpoint.ts';
import { type ListenOptions, listen, makeServer, SERVER_LIMITS, type ServerLimits } from './listener.ts';
import { referrersEndpoint, tagsEndpoint } from './listing-endpoint.ts';
import { LoginBrake } from './login-brake.ts';
import { manifestEndpoint } from './manifest-endpoint.ts';
import { CataloguePages, pageEndpoint } from './page-endpoint.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { parseRoute, type Route } from './route.ts';
import { Shelf } from './shelf.ts';
import { TimestampKeeper } from './timestamp-keeper.ts';
import { startEndpoint, uploadEndpoint } from './upload-endpoint.ts';
import { Uploads } from './uploads.ts';

/** How a registry is served. */
export interface ServeOptions extends ListenOptions {
  readonly folder: string;
  /** Keys of snapshot and timestamp, with which the server takes submissions into the index and keeps it fresh. */
  readonly onlineKeys?: SealKeys | undefined;
  /** Whether anybody may read. */
  readonly publicRead: boolean;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly now: () => Date;
  readonly log: Log;
}

async function assertFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory()) return;
  throw new GreenticError('registry/unreachable', `${folder} is no folder.`, {
    hint: 'Make a registry in it: gtc registry init.',
  });
}

/** A registry folder over HTTP: the OCI distribution specification 1.1. */
export class RegistryServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #uploads: Uploads;
  readonly #shelf: Shelf;
  readonly #pages: CataloguePages;
  readonly #gate: Gate;
  readonly #options: ServeOptions;
  readonly #held: AsyncDisposableStack;

  private constructor(
    options: ServeOptions,
    parts: {
      server: Server;
      uploads: Uploads;
      shelf: Shelf;
      gate: Gate;
      url: string;
      held: AsyncDisposableStack;
    },
  ) {
    this.#options = options;
    this.#held = parts.held;
    this.#server = parts.server;
    this.#uploads = parts.uploads;
    this.#shelf = parts.shelf;
    this.#pages = new CataloguePages(options);
    this.#gate = parts.gate;
    this.url = parts.url;
  }

  /** Starts serving. Throws `registry/tls-required`, `registry/accounts-invalid`, `registry/unreachable` for a taken port or no folder. */
  static async start(options: ServeOptions): Promise<RegistryServer> {
    const { folder, now, tls } = options;
    await assertFolder(folder);
    const limits = { ...SERVER_LIMITS, ...options.limits };
    const server = makeServer(options, limits);
    const accounts = new AccountBook(folder);
    // A file that cannot be believed is noticed now, not at the first login.
    await accounts.find('');
    await using held = new AsyncDisposableStack();
    held.use(holdFolderLock(folder, 'serve'));
    const { onlineKeys: keys, log } = options;
    if (keys !== undefined) held.use(await TimestampKeeper.start({ folder, keys, now, log }));
    const shelf = held.use(new Shelf({ folder, now, log }));
    await shelf.catchUp();
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
    if ('repository' in route) await this.#shelf.catchUp();
    const { folder, onlineKeys: keys, now } = this.#options;
    switch (route.kind) {
      case 'metadata':
        return metadataEndpoint(folder, exchange, route);
      case 'publication':
        return publicationEndpoint({ folder, keys, now }, exchange, route);
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
      case 'page':
        return pageEndpoint(this.#pages, exchange, route);
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
