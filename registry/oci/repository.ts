import { Digest, decode, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import type { Scope } from './authentication.ts';
import { BoundedBody } from './body.ts';
import type { Answer } from './exchange.ts';
import { statusFailure } from './failure.ts';
import { nextPage } from './link.ts';
import { type OciReference, TAG } from './reference.ts';
import { OciTransport, type TransportOptions } from './transport.ts';

const PAGE_BYTES = 4 * 2 ** 20;
const ALL_PAGES_BYTES = 32 * 2 ** 20;
const MAX_PAGES = 1000;
const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPES.imageManifest, MEDIA_TYPES.imageIndex];

/** What every manifest may say of itself; the rest is for whoever reads it. */
const TypedManifest = z.looseObject({ mediaType: z.string().exactOptional() });

/** A manifest as a registry gave it, hashed. */
export interface OciManifest {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly mediaType: string;
}

/** A document that comes in pages: reads one page, and says what it adds. */
export type ReadPage<T> = (bytes: Uint8Array) => readonly T[];

/** One repository of a registry that speaks the OCI distribution specification 1.1, for reading. */
export class OciRepository {
  readonly reference: OciReference;
  readonly transport: OciTransport;

  constructor(reference: OciReference, options: TransportOptions = {}) {
    this.reference = reference;
    this.transport = new OciTransport(reference, options);
  }

  /** What a request needs to be allowed, for it and for those like it. */
  scopes(actions: 'pull' | 'pull,push'): readonly [Scope] {
    return [`repository:${this.reference.repository}:${actions}`];
  }

  /** The URL of something below the repository. */
  url(path: string): URL {
    return new URL(`/v2/${this.reference.repository}/${path}`, this.reference.origin);
  }

  /**
   * The manifest under a tag or digest; undefined when there is none. Throws `blob/digest-mismatch` when it is not the one its
   * digest names, `registry/protocol` for one that is too large or of another kind, and `registry/*`.
   */
  async manifest(reference: string, maxBytes: number): Promise<OciManifest | undefined> {
    const what = `The manifest ${reference} of ${this.reference.location}`;
    const into = new BoundedBody(maxBytes, what);
    const answer = await this.#get(`manifests/${reference}`, into, maxBytes, { accept: MANIFEST_TYPES.join(', ') });
    if (answer === undefined) return undefined;
    const mediaType = answer.header('content-type')?.split(';', 1)[0]?.trim() ?? '';
    if (!MANIFEST_TYPES.includes(mediaType))
      throw new GreenticError('registry/protocol', `${what} is no OCI manifest.`);
    const { bytes, digest } = into.take();
    if (!TAG.test(reference) && reference !== digest)
      throw new GreenticError('blob/digest-mismatch', `${what} has digest ${digest}.`);
    assertDeclared(answer, digest, what);
    const value = parseJson(bytes, { maxBytes, code: 'registry/protocol' });
    const { mediaType: own = mediaType } = decode(TypedManifest, value, 'registry/protocol', what);
    if (own !== mediaType)
      throw new GreenticError('registry/protocol', `${what} is sent as what it does not say it is.`);
    return { bytes, digest, mediaType };
  }

  /** The blob of a digest; undefined when there is none. Throws `blob/digest-mismatch`, `blob/size-mismatch`, `registry/*`. */
  async blob(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    const what = `The blob ${digest} of ${this.reference.location}`;
    const into = new BoundedBody(maxBytes, what, 'blob/size-mismatch');
    const answer = await this.#get(`blobs/${digest}`, into, maxBytes, {}, true);
    if (answer === undefined) return undefined;
    const { bytes, digest: actual } = into.take();
    if (actual !== digest) throw new GreenticError('blob/digest-mismatch', `${what} has digest ${actual}.`);
    assertDeclared(answer, digest, what);
    return bytes;
  }

  /** Whether there is a blob. */
  async hasBlob(digest: Digest): Promise<boolean> {
    const answer = await this.#head(`blobs/${digest}`, {});
    if (answer !== undefined) assertDeclared(answer, digest, `The blob ${digest} of ${this.reference.location}`);
    return answer !== undefined;
  }

  /** The digest that the registry says a tag points at; undefined when it names none. */
  async digestOfTag(tag: string): Promise<Digest | undefined> {
    const answer = await this.#head(`manifests/${tag}`, { accept: MANIFEST_TYPES.join(', ') });
    return Digest.safeParse(answer?.header('docker-content-digest')).data;
  }

  /**
   * Follows the pages of a document, at most `maxItems` items; undefined when the answer is a status
   * that says there is none. Throws `registry/protocol` for more, `registry/redirect` for a page in another registry.
   */
  async pages<T>(
    path: string,
    maxItems: number,
    readPage: ReadPage<T>,
    absent: readonly number[] = [404],
  ): Promise<readonly T[] | undefined> {
    const items: T[] = [];
    let url: URL | undefined = this.url(path);
    const seen = new Set<string>();
    let length = 0;
    while (url !== undefined) {
      if (seen.has(url.href) || seen.size >= MAX_PAGES)
        throw new GreenticError('registry/protocol', `${this.reference.host} pages without end.`);
      seen.add(url.href);
      const into = new BoundedBody(PAGE_BYTES, `A page of ${this.reference.location}`);
      const answer = await this.transport.send({
        method: 'GET',
        url,
        into,
        maxBytes: PAGE_BYTES,
        scopes: this.scopes('pull'),
      });
      if (absent.includes(answer.status) && items.length === 0) return undefined;
      this.assertSuccess(answer, url, 'GET');
      for (const item of readPage(into.take().bytes)) items.push(item);
      length += into.length;
      if (items.length > maxItems || length > ALL_PAGES_BYTES)
        throw new GreenticError(
          'registry/protocol',
          `${this.reference.host} lists more than ${maxItems} of them, or at too great a length.`,
        );
      url = nextPage(answer.header('link'), url, this.reference);
    }
    return items;
  }

  /** Refuses an answer that is no success. */
  assertSuccess(answer: Answer, url: URL, method: string): void {
    if (answer.status >= 200 && answer.status < 300) return;
    throw statusFailure(answer.status, `${method} ${url.pathname}`, this.reference.host, answer.reason);
  }

  async #head(path: string, headers: Readonly<Record<string, string>>): Promise<Answer | undefined> {
    const url = this.url(path);
    const answer = await this.transport.send({ method: 'HEAD', url, headers, scopes: this.scopes('pull') });
    if (answer.status === 404) return undefined;
    this.assertSuccess(answer, url, 'HEAD');
    return answer;
  }

  async #get(
    path: string,
    into: BoundedBody,
    maxBytes: number,
    headers: Readonly<Record<string, string>>,
    resumable = false,
  ): Promise<Answer | undefined> {
    const url = this.url(path);
    const request = { method: 'GET', url, headers, into, maxBytes, scopes: this.scopes('pull'), resumable } as const;
    const answer = await this.transport.send(request);
    if (answer.status === 404) return undefined;
    this.assertSuccess(answer, url, 'GET');
    return answer;
  }
}

/** Refuses an answer whose own digest, of the algorithm that is known here, is another than that of its bytes. */
export function assertDeclared(answer: Answer, digest: Digest, what: string): void {
  const declared = answer.header('docker-content-digest');
  if (declared === undefined || declared === digest || /^sha512:[0-9a-f]{128}$/.test(declared)) return;
  throw new GreenticError('blob/digest-mismatch', `${what} has digest ${digest}, and is said to have another.`);
}
