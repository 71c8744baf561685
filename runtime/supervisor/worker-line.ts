import { LineDecoder } from '../worker/line.ts';

/** One line a worker wrote. */
export interface WorkerLine {
  readonly revision: string;
  readonly deployment: string;
  readonly at: Date;
  readonly level: 'info' | 'error';
  readonly message: string;
}

const LINE_BYTES = 8 * 1024;
const LINES_PER_SECOND = 200;

/** What passes of a stream of lines: at most 200 in a second, 8 KiB each; a second's surplus is counted in one line. */
export class LineGate {
  readonly #decoder = new LineDecoder(LINE_BYTES, 'cut');
  #second = 0;
  #passed = 0;
  #dropped = 0;

  /** Takes a chunk that came at `at` and gives the lines that may pass. */
  take(chunk: Buffer, at: Date): string[] {
    const passing: string[] = [];
    const second = Math.floor(at.getTime() / 1000);
    if (second !== this.#second) {
      if (this.#dropped > 0) passing.push(`(${this.#dropped} lines dropped)`);
      this.#second = second;
      this.#passed = 0;
      this.#dropped = 0;
    }
    for (const line of this.#decoder.push(chunk)) {
      if (this.#passed++ < LINES_PER_SECOND) passing.push(line);
      else this.#dropped++;
    }
    return passing;
  }

  /** What is left when the stream ended. */
  end(): string[] {
    const rest = this.#decoder.flush();
    const dropped = this.#dropped > 0 ? [`(${this.#dropped} lines dropped)`] : [];
    return rest === '' ? dropped : [...dropped, rest];
  }
}
