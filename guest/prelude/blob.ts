import { copyOf, isBufferSource } from './buffer-source.ts';
import { join, streamOf } from './byte-stream.ts';
import type { ReadableStream } from './streams.ts';
import { decodeUtf8 } from './text-decoder.ts';
import { encodeUtf8 } from './text-encoder.ts';

type BlobPart = Blob | ArrayBuffer | ArrayBufferView | string;

/** The bytes of a blob, not copied. */
export let blobBytes: (blob: Blob) => Uint8Array<ArrayBuffer>;

/** As in the File API standard: bytes that do not change, with a media type. */
export class Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #type: string;

  constructor(parts: Iterable<BlobPart> = [], options: { type?: string } | null = {}) {
    if (typeof parts !== 'object' || parts === null || !(Symbol.iterator in parts))
      throw new TypeError('The parts of a Blob must be a sequence.');
    this.#bytes = join([...parts].map(bytesOfPart));
    this.#type = mediaType(options?.type ?? '');
  }

  get size(): number {
    return this.#bytes.length;
  }

  get type(): string {
    return this.#type;
  }

  /** Bytes from `start` to `end`, counted from the end when negative. */
  slice(start = 0, end = this.size, type = ''): Blob {
    return new Blob([this.#bytes.subarray(clamp(start, this.size), clamp(end, this.size))], { type });
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#bytes.slice();
  }

  async text(): Promise<string> {
    return decodeUtf8(this.#bytes);
  }

  stream(): ReadableStream<Uint8Array> {
    return streamOf(this.#bytes);
  }

  get [Symbol.toStringTag](): string {
    return 'Blob';
  }

  static {
    blobBytes = (blob) => blob.#bytes;
  }
}

function bytesOfPart(part: BlobPart): Uint8Array<ArrayBuffer> {
  if (part instanceof Blob) return blobBytes(part);
  return isBufferSource(part) ? copyOf(part) : encodeUtf8(`${part}`);
}

function clamp(at: number, size: number): number {
  const whole = roundHalfEven(Number(at)) || 0;
  return whole < 0 ? Math.max(size + whole, 0) : Math.min(whole, size);
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : Math.ceil(value);
}

function mediaType(type: unknown): string {
  const text = String(type);
  return /^[\x20-\x7e]*$/.test(text) ? text.toLowerCase() : '';
}
