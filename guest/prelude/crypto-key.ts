import { DOMException } from './dom-exception.ts';

const USAGES = ['encrypt', 'decrypt', 'sign', 'verify', 'deriveKey', 'deriveBits'] as const;
/** What a key may be used for. */
export type KeyUsage = (typeof USAGES)[number];

/** A key's algorithm, as `CryptoKey.algorithm` shows it. */
export interface KeyAlgorithm {
  readonly name: 'HMAC' | 'AES-GCM' | 'Ed25519' | 'HKDF' | 'PBKDF2';
  readonly hash?: { readonly name: string };
  readonly length?: number;
}

/** What a key is, apart from its bytes. */
export interface KeyTraits {
  readonly type: 'secret' | 'private' | 'public';
  readonly algorithm: KeyAlgorithm;
  readonly extractable: boolean;
  readonly usages: readonly KeyUsage[];
}

/** Makes a key. The bytes are the secret, the private seed or the public point. */
export let newKey: (traits: KeyTraits, bytes: Uint8Array<ArrayBuffer>) => CryptoKey;
/** The bytes of a key. */
export let keyBytes: (key: CryptoKey) => Uint8Array<ArrayBuffer>;

const token = Symbol('key');

/** As in the Web Cryptography standard. */
export class CryptoKey {
  readonly #traits: KeyTraits;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(secret?: symbol, traits?: KeyTraits, bytes?: Uint8Array<ArrayBuffer>) {
    if (secret !== token || traits === undefined || bytes === undefined) throw new TypeError('Illegal constructor');
    this.#traits = traits;
    this.#bytes = bytes;
  }

  get type(): string {
    return this.#traits.type;
  }

  get algorithm(): KeyAlgorithm {
    return this.#traits.algorithm;
  }

  get extractable(): boolean {
    return this.#traits.extractable;
  }

  get usages(): readonly KeyUsage[] {
    return this.#traits.usages;
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey';
  }

  static {
    newKey = (traits, bytes) => {
      const { algorithm, type, extractable, usages } = traits;
      const own = Object.freeze({
        type,
        extractable,
        algorithm: Object.freeze(algorithm),
        // Each once, in the standard's order.
        usages: Object.freeze(USAGES.filter((usage) => usages.includes(usage))),
      });
      return new CryptoKey(token, own, bytes);
    };
    keyBytes = (key) => key.#bytes;
  }
}

/** The bytes of a key that is of this algorithm and may be used so. Throws `InvalidAccessError`. */
export function useKey(key: CryptoKey, name: string, usage: KeyUsage): Uint8Array<ArrayBuffer> {
  if (!(key instanceof CryptoKey)) throw new TypeError('A CryptoKey is expected.');
  if (key.algorithm.name !== name) throw new DOMException(`The key is not for ${name}.`, 'InvalidAccessError');
  if (!key.usages.includes(usage)) throw new DOMException(`The key is not for ${usage}.`, 'InvalidAccessError');
  return keyBytes(key);
}
