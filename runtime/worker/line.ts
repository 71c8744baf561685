import { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;

/** JSON as one line for a pipe; JSON text holds no line break of its own. */
export function encodeLine(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

/**
 * Cuts a byte stream into lines. A line longer than the limit is cut into pieces of the limit (`cut`), or refused by the
 * first byte that is too much (`refuse`): never is more than the limit kept.
 */
export class LineDecoder {
  readonly #maxBytes: number;
  readonly #tooLong: 'cut' | 'refuse';
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes: number, tooLong: 'cut' | 'refuse') {
    this.#maxBytes = maxBytes;
    this.#tooLong = tooLong;
  }

  /** Takes a chunk and returns the lines it completed, without their end. Throws RangeError for a line over the limit. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      this.#take(rest.subarray(0, end), lines);
      lines.push(this.flush());
      rest = rest.subarray(end + 1);
    }
    this.#take(rest, lines);
    return lines;
  }

  /** What came after the last line end. */
  flush(): string {
    const text = Buffer.concat(this.#chunks).toString();
    this.#chunks = [];
    this.#buffered = 0;
    return text;
  }

  #take(bytes: Buffer, lines: string[]): void {
    let rest = bytes;
    while (this.#buffered + rest.byteLength > this.#maxBytes) {
      if (this.#tooLong === 'refuse') throw new RangeError(`A line is longer than ${this.#maxBytes} bytes.`);
      const room = this.#maxBytes - this.#buffered;
      this.#chunks.push(rest.subarray(0, room));
      rest = rest.subarray(room);
      lines.push(this.flush());
    }
    if (rest.byteLength === 0) return;
    this.#chunks.push(rest);
    this.#buffered += rest.byteLength;
  }
}
