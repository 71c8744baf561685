import { bytesOf } from './buffer-source.ts';

const LABELS = new Set(['utf-8', 'utf8', 'unicode-1-1-utf-8', 'unicode11utf8', 'unicode20utf8', 'x-unicode20utf8']);
const CHUNK = 8192;

/** Text of UTF-8 bytes; malformed sequences become U+FFFD, and a byte order mark at the start is dropped. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Collects UTF-16 code units and turns them into a text, piece by piece. */
class TextBuffer {
  readonly #units = new Uint16Array(CHUNK + 2);
  #length = 0;
  #text = '';

  add(point: number): void {
    if (point >= 0x10000) {
      this.#units[this.#length++] = 0xd7c0 + (point >> 10);
      this.#units[this.#length++] = 0xdc00 | (point & 0x3ff);
    } else this.#units[this.#length++] = point;
    if (this.#length >= CHUNK) this.#flush();
  }

  take(): string {
    this.#flush();
    return this.#text;
  }

  #flush(): void {
    const units = this.#units.subarray(0, this.#length) as unknown as number[];
    this.#text += String.fromCharCode.apply(null, units);
    this.#length = 0;
  }
}

/** As in the Encoding standard, for UTF-8 alone. */
export class TextDecoder {
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** Continuation bytes still to come, the code point so far, and the range of the next byte. */
  #needed = 0;
  #point = 0;
  #lower = 0x80;
  #upper = 0xbf;
  #atStart = true;

  constructor(label = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } | null = {}) {
    const { fatal = false, ignoreBOM = false } = options ?? {};
    // ASCII whitespace alone surrounds a label; `trim` takes more.
    if (!LABELS.has(`${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase()))
      throw new RangeError(`The encoding "${label}" is not supported.`);
    this.fatal = Boolean(fatal);
    this.ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding(): string {
    return 'utf-8';
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } | null = {}): string {
    const bytes = input === undefined ? new Uint8Array() : bytesOf(input);
    const buffer = new TextBuffer();
    for (let i = 0; i < bytes.length; ) {
      const point = this.#push(bytes[i] ?? 0);
      if (point === RETRY) this.#malformed(buffer);
      else {
        i++;
        if (point === MALFORMED) this.#malformed(buffer);
        else if (point >= 0) this.#emit(buffer, point);
      }
    }
    if (!options?.stream) this.#finish(buffer);
    return buffer.take();
  }

  get [Symbol.toStringTag](): string {
    return 'TextDecoder';
  }

  #finish(buffer: TextBuffer): void {
    if (this.#needed > 0) this.#malformed(buffer);
    this.#reset();
    this.#atStart = true;
  }

  /** Takes a byte; gives a code point, or that more bytes, this byte anew or a replacement are due. */
  #push(byte: number): number {
    if (this.#needed === 0) return byte < 0x80 ? byte : this.#lead(byte);
    if (byte < this.#lower || byte > this.#upper) return RETRY;
    this.#lower = 0x80;
    this.#upper = 0xbf;
    this.#point = (this.#point << 6) | (byte & 0x3f);
    return --this.#needed === 0 ? this.#point : MORE;
  }

  /** The first byte of a sequence. The narrower ranges of the second refuse overlong forms, surrogates and what is past U+10FFFF. */
  #lead(byte: number): number {
    if (byte < 0xc2 || byte > 0xf4) return MALFORMED;
    this.#needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#point = byte & (0x3f >> this.#needed);
    if (byte === 0xe0) this.#lower = 0xa0;
    else if (byte === 0xed) this.#upper = 0x9f;
    else if (byte === 0xf0) this.#lower = 0x90;
    else if (byte === 0xf4) this.#upper = 0x8f;
    return MORE;
  }

  #malformed(buffer: TextBuffer): void {
    this.#reset();
    if (this.fatal) {
      this.#atStart = true;
      throw new TypeError('The bytes are not UTF-8.');
    }
    this.#emit(buffer, 0xfffd);
  }

  #emit(buffer: TextBuffer, point: number): void {
    const dropped = this.#atStart && point === 0xfeff && !this.ignoreBOM;
    this.#atStart = false;
    if (!dropped) buffer.add(point);
  }

  #reset(): void {
    this.#needed = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
  }
}

const MORE = -1;
const RETRY = -2;
const MALFORMED = -3;
