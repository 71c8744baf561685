import { computeBytes } from './computation.ts';
import { DOMException } from './dom-exception.ts';
import { SubtleCrypto } from './subtle-crypto.ts';

const INTEGERS = new Set([
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
]);

/** As in the Web Cryptography standard. Randomness comes from the host's generator. */
export class Crypto {
  readonly #subtle = new SubtleCrypto();

  get subtle(): SubtleCrypto {
    return this.#subtle;
  }

  /** Fills an integer array of at most 65,536 bytes. */
  getRandomValues<T extends ArrayBufferView>(array: T): T {
    const kind = ArrayBuffer.isView(array) ? (array as unknown as Uint8Array)[Symbol.toStringTag] : '';
    if (!INTEGERS.has(kind)) throw new DOMException('Only integer arrays can be filled.', 'TypeMismatchError');
    if (array.byteLength > 65_536) throw new DOMException('More than 65,536 bytes at once.', 'QuotaExceededError');
    const bytes = computeBytes('random', { bytes: array.byteLength });
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(bytes);
    return array;
  }

  /** A random UUID, version 4. */
  randomUUID(): string {
    const bytes = computeBytes('random', { bytes: 16 });
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  get [Symbol.toStringTag](): string {
    return 'Crypto';
  }
}
