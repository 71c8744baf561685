import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@greentic/core';

/** What a fake registry was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** Answers a request in place of the fake; false to let the fake answer. */
export type Intercept = (asked: Asked, response: ServerResponse, body: Buffer) => boolean | undefined;

export interface FakeOptions {
  /** `bearer` and `basic` let in who shows this name and password; `anonymous` gives everybody a token. */
  readonly auth?: 'none' | 'basic' | 'bearer' | 'anonymous';
  readonly username?: string;
  readonly password?: string;
  /** Whether manifests are listed by their subject. */
  readonly referrers?: boolean;
  /** Whether a manifest with a subject is answered with OCI-Subject. */
  readonly claimsSubject?: boolean;
  /** Status of the referrers API where there is none. */
  readonly referrersStatus?: number;
  /** Where blobs really are: reads of them are redirected there, with this status. */
  readonly storage?: { readonly url: () => string; readonly status: number };
  readonly pageSize?: number;
  /** Speaks TLS, under a name. */
  readonly identity?: ServerIdentity;
}

/** What a server shows to be who it is: PEM, and the name that it is asked by. */
export interface ServerIdentity {
  readonly name: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

/** A server on loopback that remembers what it was asked, and can be made to answer anything. */
export class FakeServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly server: Server;
  /** Bytes sent in bodies. */
  sent = 0;
  intercept: Intercept | undefined;

  readonly #identity: ServerIdentity | undefined;

  protected constructor(identity?: ServerIdentity) {
    const take = (request: IncomingMessage, response: ServerResponse) => this.#take(request, response);
    this.#identity = identity;
    this.server = identity === undefined ? createServer(take) : createTlsServer(identity, take);
  }

  static async start(answer: Intercept, identity?: ServerIdentity): Promise<FakeServer> {
    const server = new FakeServer(identity);
    server.intercept = answer;
    return server.listen();
  }

  async listen(host = '127.0.0.1'): Promise<this> {
    this.server.listen(0, host);
    await once(this.server, 'listening');
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get host(): string {
    return this.#identity?.name ?? `${(this.server.address() as AddressInfo).address}:${this.port}`;
  }

  get url(): string {
    return `${this.#identity === undefined ? 'http' : 'https'}://${this.host}`;
  }

  protected answer(_asked: Asked, response: ServerResponse, _body: Buffer): unknown {
    return response.writeHead(404).end();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
      this.asked.push(asked);
      const body = Buffer.concat(chunks);
      if (this.intercept?.(asked, response, body) !== true && !response.headersSent) this.answer(asked, response, body);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

interface Stored {
  readonly bytes: Buffer;
  readonly type: string;
}

/** An OCI registry in memory, with the habits of those one meets. */
export class FakeRegistry extends FakeServer {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, Stored>();
  readonly tags = new Map<string, string>();
  readonly #uploads = new Map<string, Buffer>();
  readonly #options: FakeOptions;

  constructor(options: FakeOptions = {}) {
    super(options.identity);
    this.#options = options;
  }

  static async open(options: FakeOptions = {}): Promise<FakeRegistry> {
    return new FakeRegistry(options).listen();
  }

  location(repository = 'acme/registry'): string {
    return `oci://${this.host}/${repository}`;
  }

  protected override answer(asked: Asked, response: ServerResponse, body: Buffer): unknown {
    const url = new URL(asked.path, this.url);
    if (url.pathname === '/token') return this.#token(asked, url, response);
    if (!this.#isLetIn(asked)) return this.#challenge(response);
    const [, repository, kind = '', reference = ''] =
      /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname) ?? [];
    if (repository === undefined) return response.writeHead(404).end();
    if (kind === 'blobs/uploads') return this.#upload(asked, url, reference, response, body);
    if (kind === 'blobs') return this.#blob(asked, reference, response);
    if (kind === 'manifests') return this.#manifest(asked, reference, response, body);
    if (kind === 'tags') return this.#list(url, response);
    return this.#listReferrers(reference, response);
  }

  #isLetIn({ headers: { authorization } }: Asked): boolean {
    const { auth = 'none' } = this.#options;
    if (auth === 'none') return true;
    return authorization === (auth === 'basic' ? this.#basic() : 'Bearer good-token');
  }

  #basic(): string {
    const { username = 'ada', password = 'secret' } = this.#options;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  #challenge(response: ServerResponse): unknown {
    const { auth } = this.#options;
    const bearer = `Bearer realm="${this.url}/token",service="fake",scope="repository:user/image:pull"`;
    return response.writeHead(401, { 'www-authenticate': auth === 'basic' ? 'Basic realm="fake"' : bearer }).end();
  }

  #token({ headers: { authorization } }: Asked, url: URL, response: ServerResponse): unknown {
    const scoped = url.searchParams.getAll('scope').every((scope) => /^repository:[a-z/]+:pull(,push)?$/.test(scope));
    const allowed = this.#options.auth === 'anonymous' || authorization === this.#basic();
    if (!allowed || !scoped) return response.writeHead(401).end();
    return response.end(JSON.stringify({ token: 'good-token' }));
  }

  #blob({ method, path, headers }: Asked, digest: string, response: ServerResponse): unknown {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) return response.writeHead(404).end('{"errors":[{"code":"BLOB_UNKNOWN"}]}');
    const { storage } = this.#options;
    if (storage !== undefined && method === 'GET')
      return response.writeHead(storage.status, { location: storage.url() + path }).end();
    return this.serve(bytes, headers.range, response);
  }

  /** Sends bytes, or the range of them that was asked for. */
  serve(bytes: Buffer, range: string | undefined, response: ServerResponse): unknown {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const content = bytes.subarray(from);
    this.sent += content.byteLength;
    const partial = { 'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` };
    response.writeHead(range === undefined ? 200 : 206, {
      'content-length': content.byteLength,
      ...(range === undefined ? {} : partial),
    });
    return response.end(content);
  }

  #upload({ method, headers }: Asked, url: URL, id: string, response: ServerResponse, body: Buffer): unknown {
    const base = `/v2/${/^\/v2\/(.+?)\/blobs/.exec(url.pathname)?.[1]}/blobs/uploads/`;
    if (method === 'POST') {
      const mount = url.searchParams.get('mount') ?? '';
      if (url.searchParams.has('from') && this.blobs.has(mount)) return response.writeHead(201).end();
      const session = `${this.#uploads.size + 1}`;
      this.#uploads.set(session, Buffer.alloc(0));
      return response.writeHead(202, { location: `${base}${session}?state=x%2By` }).end();
    }
    const had = this.#uploads.get(id);
    if (had === undefined || url.searchParams.get('state') !== 'x+y') return response.writeHead(404).end();
    const [, from] = /^(\d+)-/.exec(headers['content-range'] ?? '') ?? [];
    if (from !== undefined && Number(from) !== had.byteLength) return response.writeHead(416).end();
    const bytes = Buffer.concat([had, body]);
    this.#uploads.set(id, bytes);
    const progress = { location: `${base}${id}?state=x%2By`, range: `0-${bytes.byteLength - 1}` };
    if (method === 'GET') return response.writeHead(204, progress).end();
    if (method === 'PATCH') return response.writeHead(202, progress).end();
    const digest = digestOf(bytes);
    if (digest !== url.searchParams.get('digest'))
      return response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
    this.blobs.set(digest, bytes);
    return response.writeHead(201, { location: '/', 'docker-content-digest': digest }).end();
  }

  #manifest({ method, headers }: Asked, reference: string, response: ServerResponse, body: Buffer): unknown {
    if (method === 'PUT') return this.#putManifest(reference, headers['content-type'] ?? '', response, body);
    const digest = this.tags.get(reference) ?? reference;
    const stored = this.manifests.get(digest);
    if (stored === undefined) return response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    this.sent += stored.bytes.byteLength;
    return response
      .writeHead(200, {
        'content-type': stored.type,
        'docker-content-digest': digest,
        'content-length': stored.bytes.byteLength,
      })
      .end(stored.bytes);
  }

  /** As registries do, refuses a manifest whose parts are not there. */
  #putManifest(reference: string, type: string, response: ServerResponse, body: Buffer): unknown {
    const { config, layers = [], manifests = [], subject } = JSON.parse(body.toString());
    const lacksBlob = [...(config ? [config] : []), ...layers].some(({ digest }) => !this.blobs.has(digest));
    const lacksManifest = manifests.some(({ digest }: { digest: string }) => !this.manifests.has(digest));
    if (lacksBlob || lacksManifest) return response.writeHead(400).end('{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}');
    const digest = digestOf(body);
    this.manifests.set(digest, { bytes: body, type });
    if (!reference.startsWith('sha256:')) this.tags.set(reference, digest);
    const { referrers = false, claimsSubject = referrers } = this.#options;
    const claim = subject !== undefined && claimsSubject ? { 'oci-subject': subject.digest } : {};
    return response.writeHead(201, { 'docker-content-digest': digest, ...claim }).end();
  }

  #list(url: URL, response: ServerResponse): unknown {
    const { pageSize = 1000 } = this.#options;
    const all = [...this.tags.keys()].toSorted();
    const last = url.searchParams.get('last');
    const rest = last === null ? all : all.filter((tag) => tag > last);
    const tags = rest.slice(0, pageSize);
    const more =
      rest.length > tags.length ? { link: `<${url.pathname}?n=${pageSize}&last=${tags.at(-1)}>; rel="next"` } : {};
    return response
      .writeHead(200, { 'content-type': 'application/json', ...more })
      .end(JSON.stringify({ name: 'x', tags }));
  }

  #listReferrers(subject: string, response: ServerResponse): unknown {
    const { referrers = false, referrersStatus = 404 } = this.#options;
    if (!referrers) return response.writeHead(referrersStatus).end();
    const about = [...this.manifests].flatMap(([digest, { bytes, type }]) => {
      const manifest = JSON.parse(bytes.toString());
      if (manifest.subject?.digest !== subject) return [];
      return [{ mediaType: type, digest, size: bytes.byteLength, artifactType: manifest.artifactType }];
    });
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: about };
    return response.writeHead(200, { 'content-type': index.mediaType }).end(JSON.stringify(index));
  }
}
