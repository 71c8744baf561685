import { type Digest, digestOf, GreenticError, isGreenticError } from '@greentic/core';
import type { Answer } from './exchange.ts';
import { statusFailure } from './failure.ts';
import { assertDeclared, type OciRepository } from './repository.ts';
import type { OciRequest } from './transport.ts';

const CHUNK_BYTES = 8 * 2 ** 20;
const MAX_ATTEMPTS = 4;

/** How a blob came to be in a repository. */
export type Uploaded = 'present' | 'mounted' | 'uploaded';

/** How a blob goes up. */
export interface UploadOptions {
  /** Another repository of the same registry that may have it: then nothing is sent. */
  readonly mountFrom?: string;
  /** A larger blob goes up in chunks of so many bytes. */
  readonly chunkBytes?: number;
}

/**
 * Brings a blob into a repository, unless it is there: from another repository, in one piece, or in chunks; an upload that
 * broke off goes on where the registry says. Throws `registry/*`, `call/cancelled`.
 */
export async function pushBlob(
  repository: OciRepository,
  bytes: Uint8Array,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const upload = new Upload(repository, bytes, options);
  for (let attempt = 1; ; attempt++) {
    if (await repository.hasBlob(upload.digest)) return attempt === 1 ? 'present' : 'uploaded';
    try {
      return await upload.run();
    } catch (error) {
      if (!isGreenticError(error, 'registry/unreachable') || attempt >= MAX_ATTEMPTS) throw error;
      await repository.transport.pause(attempt);
    }
  }
}

class Upload {
  readonly digest: Digest;
  readonly #repository: OciRepository;
  readonly #bytes: Uint8Array;
  readonly #options: UploadOptions;

  constructor(repository: OciRepository, bytes: Uint8Array, options: UploadOptions) {
    this.digest = digestOf(bytes);
    this.#repository = repository;
    this.#bytes = bytes;
    this.#options = options;
  }

  async run(): Promise<Uploaded> {
    const started = await this.#start();
    if (started.status === 201 && (await this.#isMounted(started))) return 'mounted';
    if (started.status === 201) return this.#anew();
    const location = this.#location(started, this.#repository.url('blobs/uploads/'));
    const least = Number(started.header('oci-chunk-min-length') ?? 0);
    const chunk = Math.max(this.#options.chunkBytes ?? CHUNK_BYTES, Number.isFinite(least) ? least : 0);
    if (this.#bytes.byteLength <= chunk) await this.#finish(location, this.#bytes);
    else await this.#finish(await this.#chunks(location, chunk), new Uint8Array());
    return 'uploaded';
  }

  async #start(): Promise<Answer> {
    const url = this.#repository.url('blobs/uploads/');
    const { mountFrom } = this.#options;
    const scopes = this.#repository.scopes('pull,push');
    if (mountFrom === undefined) return this.#send({ method: 'POST', url, scopes, repeatable: true }, [202]);
    url.searchParams.set('mount', this.digest);
    url.searchParams.set('from', mountFrom);
    const both = [...scopes, `repository:${mountFrom}:pull`] as const;
    return this.#send({ method: 'POST', url, scopes: both, repeatable: true }, [201, 202]);
  }

  /** Sends the blob piece by piece; gives where the upload is finished. */
  async #chunks(first: URL, chunk: number): Promise<URL> {
    let location = first;
    let from = 0;
    let broken = 0;
    while (from < this.#bytes.byteLength) {
      const body = this.#bytes.subarray(from, from + chunk);
      const headers = {
        'content-type': 'application/octet-stream',
        'content-range': `${from}-${from + body.byteLength - 1}`,
      };
      try {
        const scopes = this.#repository.scopes('pull,push');
        const answer = await this.#send({ method: 'PATCH', url: location, headers, body, scopes }, [202, 416]);
        if (answer.status === 202) {
          location = this.#location(answer, location);
          const end = from + body.byteLength;
          from = this.#received(answer) ?? end;
          if (from === end) continue;
        }
      } catch (error) {
        if (!isGreenticError(error, 'registry/unreachable')) throw error;
        await this.#repository.transport.pause(broken + 1);
      }
      if (++broken >= MAX_ATTEMPTS)
        throw new GreenticError('registry/unreachable', `The upload of ${this.digest} broke off.`);
      const status = await this.#send(
        { method: 'GET', url: location, scopes: this.#repository.scopes('pull,push') },
        [204],
      );
      location = status.header('location') === undefined ? location : this.#location(status, location);
      from = this.#received(status) ?? 0;
    }
    return location;
  }

  /** How many bytes the registry says it has. */
  #received(answer: Answer): number | undefined {
    const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(answer.header('range') ?? '') ?? [];
    if (last === undefined) return undefined;
    const received = Number(last) + 1;
    if (received <= this.#bytes.byteLength) return received;
    throw new GreenticError('registry/protocol', `The registry has more of ${this.digest} than there is.`);
  }

  /** Whether there is what the registry says that it mounted: some say so of what the other repository never had. */
  #isMounted(answer: Answer): Promise<boolean> {
    assertDeclared(answer, this.digest, `The mounted blob ${this.digest}`);
    return this.#repository.hasBlob(this.digest);
  }

  #anew(): Promise<Uploaded> {
    const { mountFrom: _, ...options } = this.#options;
    return new Upload(this.#repository, this.#bytes, options).run();
  }

  async #finish(location: URL, body: Uint8Array): Promise<void> {
    const url = new URL(location);
    url.searchParams.set('digest', this.digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await this.#send(
      { method: 'PUT', url, headers, body, scopes: this.#repository.scopes('pull,push') },
      [201],
    );
    assertDeclared(answer, this.digest, `The blob ${this.digest}`);
  }

  async #send(request: OciRequest, expected: readonly number[]): Promise<Answer> {
    const answer = await this.#repository.transport.send(request);
    if (expected.includes(answer.status)) return answer;
    const { host } = this.#repository.reference;
    // The registry has forgotten the upload: it starts anew.
    if (answer.status === 404 && request.method !== 'POST')
      throw new GreenticError('registry/unreachable', `${host} does not know the upload of ${this.digest} any more.`);
    throw statusFailure(answer.status, `${request.method} ${request.url.pathname}`, host, answer.reason);
  }

  /** Where the upload goes on: in the same registry, since credentials go along. */
  #location(answer: Answer, from: URL): URL {
    const { origin, host } = this.#repository.reference;
    const text = answer.header('location') ?? '';
    const url = text !== '' && URL.canParse(text, from) ? new URL(text, from) : undefined;
    if (url?.origin === origin.origin && url.username === '' && url.password === '') return url;
    throw new GreenticError('registry/redirect', `${host} leads an upload elsewhere.`);
  }
}

/**
 * Puts a manifest under a tag or its digest; true when the registry says that it took note of the manifest's subject. Throws
 * `registry/*`, and `blob/digest-mismatch` when the registry stored another.
 */
export async function pushManifest(
  repository: OciRepository,
  { bytes, mediaType }: { bytes: Uint8Array; mediaType: string },
  reference: string = digestOf(bytes),
): Promise<boolean> {
  const url = repository.url(`manifests/${reference}`);
  const headers = { 'content-type': mediaType };
  const scopes = repository.scopes('pull,push');
  const answer = await repository.transport.send({
    method: 'PUT',
    url,
    headers,
    body: bytes,
    scopes,
    repeatable: true,
  });
  repository.assertSuccess(answer, url, 'PUT');
  assertDeclared(answer, digestOf(bytes), `The manifest ${reference}`);
  return answer.header('oci-subject') !== undefined;
}
