const HEADER_BYTES = 4;

/** Frames text for a pipe: four bytes of big-endian length, then UTF-8. */
export function encodeFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.byteLength);
  frame.writeUInt32BE(body.byteLength, 0);
  body.copy(frame, HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into frames. A frame longer than the limit is refused by its header, before any of it is kept. */
export class FrameDecoder {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a chunk and returns the texts it completed. Throws RangeError for a frame over the limit. */
  push(chunk: Buffer): string[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    const texts: string[] = [];
    for (let length = this.#nextLength(); length !== undefined; length = this.#nextLength()) {
      texts.push(this.#take(HEADER_BYTES + length).toString('utf8', HEADER_BYTES));
    }
    return texts;
  }

  #nextLength(): number | undefined {
    if (this.#buffered < HEADER_BYTES) return undefined;
    const head = this.#take(HEADER_BYTES);
    this.#chunks.unshift(head);
    this.#buffered += HEADER_BYTES;
    const length = head.readUInt32BE(0);
    if (length > this.#maxBytes)
      throw new RangeError(`A frame of ${length} bytes is over the limit of ${this.#maxBytes}.`);
    return this.#buffered >= HEADER_BYTES + length ? length : undefined;
  }

  #take(count: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.byteLength >= count) {
      if (first.byteLength === count) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(count);
      this.#buffered -= count;
      return first.subarray(0, count);
    }
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = whole.byteLength > count ? [whole.subarray(count)] : [];
    this.#buffered -= count;
    return whole.subarray(0, count);
  }
}
