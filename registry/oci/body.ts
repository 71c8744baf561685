import { createHash, type Hash } from 'node:crypto';
import { type Digest, type ErrorCode, GreenticError } from '@greentic/core';
import type { AnswerHead, BodySink } from './exchange.ts';

/** Collects a body of at most `maxBytes`, hashing it as it comes; takes the rest of one that broke off. */
export class BoundedBody implements BodySink {
  readonly #maxBytes: number;
  readonly #what: string;
  readonly #code: ErrorCode;
  #chunks: Uint8Array[] = [];
  #hash: Hash = createHash('sha256');
  /** How long the whole is, when its first part said so. */
  #total: string | undefined;
  length = 0;

  /** `code` is thrown for a body that is larger. */
  constructor(maxBytes: number, what: string, code: ErrorCode = 'registry/protocol') {
    this.#maxBytes = maxBytes;
    this.#what = what;
    this.#code = code;
  }

  begin({ status, header }: AnswerHead): void {
    if (status === 206) {
      const [, from, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(header('content-range') ?? '') ?? [];
      const whole = total === '*' || this.#total === undefined || total === this.#total;
      if (this.length > 0 && from === `${this.length}` && whole) return;
      throw new GreenticError(
        'registry/protocol',
        `The registry gives another part of ${this.#what} than was asked for.`,
      );
    }
    this.clear();
    this.#total = header('content-length');
    if (Number(header('content-length') ?? 0) > this.#maxBytes) throw this.#tooLarge();
  }

  /** Forgets what came: the next answer is to be whole. */
  clear(): void {
    this.#chunks = [];
    this.#hash = createHash('sha256');
    this.length = 0;
  }

  push(chunk: Uint8Array): void {
    this.length += chunk.byteLength;
    if (this.length > this.#maxBytes) throw this.#tooLarge();
    this.#hash.update(chunk);
    this.#chunks.push(chunk);
  }

  /** What came, and its digest. */
  take(): { bytes: Uint8Array; digest: Digest } {
    return { bytes: Buffer.concat(this.#chunks), digest: `sha256:${this.#hash.copy().digest('hex')}` as Digest };
  }

  #tooLarge(): GreenticError {
    return new GreenticError(this.#code, `${this.#what} is larger than ${this.#maxBytes} bytes.`);
  }
}
