import { Blob, blobBytes } from './blob.ts';
import { copyOf, isBufferSource } from './buffer-source.ts';
import { collect, isDisturbed, streamOf } from './byte-stream.ts';
import type { Headers } from './headers.ts';
import { ReadableStream } from './streams.ts';
import { decodeUtf8 } from './text-decoder.ts';
import { encodeUtf8 } from './text-encoder.ts';
import { URLSearchParams } from './url-search-params.ts';

/** What a request or a response can carry. */
export type BodyInit = string | ArrayBuffer | ArrayBufferView | Blob | URLSearchParams | ReadableStream<Uint8Array>;

/** A body's bytes, or where they come from, and the media type that goes with that kind of value. */
export interface Content {
  readonly source: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
  readonly type: string | undefined;
}

/** What a value given as body means. */
export function contentOf(init: BodyInit | null | undefined): Content {
  if (init === null || init === undefined) return { source: null, type: undefined };
  if (init instanceof ReadableStream) {
    if (init.locked) throw new TypeError('The stream is locked.');
    return { source: init, type: undefined };
  }
  if (init instanceof Blob) return { source: blobBytes(init), type: init.type || undefined };
  if (isBufferSource(init)) return { source: copyOf(init), type: undefined };
  if (init instanceof URLSearchParams)
    return { source: encodeUtf8(String(init)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  return { source: encodeUtf8(`${init}`), type: 'text/plain;charset=UTF-8' };
}

/** Whether the body was read, or somebody is about to. */
export let isUnusable: (body: Body) => boolean;
/** The content for a second body that can be read apart from the first. Throws a TypeError for one that was read. */
export let copyBody: (body: Body) => Content['source'];
/** The content, which from now on belongs to another body. */
export let takeBody: (body: Body) => Content['source'];
/** All bytes, not copied. */
export let readBody: (body: Body) => Promise<Uint8Array<ArrayBuffer>>;

/** As in the Fetch standard: what requests and responses share. A body is read once. */
export abstract class Body {
  abstract readonly headers: Headers;
  #source: Content['source'];
  #stream: ReadableStream<Uint8Array> | null = null;
  #used = false;

  constructor(source: Content['source']) {
    if (source instanceof ReadableStream) this.#stream = source;
    this.#source = source;
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#stream === null && this.#source instanceof Uint8Array) this.#stream = streamOf(this.#source);
    return this.#stream;
  }

  get bodyUsed(): boolean {
    return this.#used || (this.#stream !== null && isDisturbed(this.#stream));
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#consume();
    return bytes.slice();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.#consume()], { type: this.headers.get('content-type') ?? '' });
  }

  async text(): Promise<string> {
    return decodeUtf8(await this.#consume());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  static {
    isUnusable = (body) => body.bodyUsed || body.#stream?.locked === true;
    copyBody = (body) => {
      if (isUnusable(body)) throw new TypeError('The body was read already.');
      if (body.#stream === null) return body.#source;
      const [own, other] = body.#stream.tee();
      body.#stream = own;
      body.#source = own;
      return other;
    };
    takeBody = (body) => {
      if (isUnusable(body)) throw new TypeError('The body was read already.');
      const source = body.#stream ?? body.#source;
      if (source !== null) body.#used = true;
      return source;
    };
    readBody = (body) => body.#consume();
  }

  async #consume(): Promise<Uint8Array<ArrayBuffer>> {
    if (isUnusable(this)) throw new TypeError('The body was read already.');
    if (this.#source === null) return new Uint8Array();
    this.#used = true;
    return this.#stream === null ? (this.#source as Uint8Array<ArrayBuffer>) : await collect(this.#stream);
  }
}
