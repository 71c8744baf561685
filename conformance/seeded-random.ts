import { createHash } from 'node:crypto';

/** Random numbers that are the same for the same seed, so that a failure can be replayed. No cryptography. */
export class SeededRandom {
  #state: number;

  /** Two names under one seed give two independent sequences. */
  constructor(seed: string, name: string) {
    this.#state = createHash('sha256').update(`${seed}\n${name}`).digest().readUInt32LE(0);
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit);
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#next() >>> 24));
  }

  /** A word that occurs nowhere else: what is found of it later, the pack put there. */
  canary(): string {
    return `canary-${this.bytes(12).toString('hex')}`;
  }

  // Mulberry32: small, and good enough to spread test data.
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
