import {
  type AlgorithmInit,
  algorithmOf,
  BLOCK_BYTES,
  bytesParameter,
  digestOf,
  type Hash,
  hashOf,
} from './algorithm.ts';
import { copyOf } from './buffer-source.ts';
import { computeBytes, computeFields } from './computation.ts';
import { CryptoKey, type KeyAlgorithm, type KeyTraits, type KeyUsage, keyBytes, newKey, useKey } from './crypto-key.ts';
import { DOMException } from './dom-exception.ts';
import { type Jwk, type KeyFormat, publicOf, readEd25519, readSecret, writeKey } from './key-format.ts';

type Bytes = ArrayBuffer | ArrayBufferView;
type Name = KeyAlgorithm['name'];

const USAGES: Readonly<Record<Name, readonly KeyUsage[]>> = {
  HMAC: ['sign', 'verify'],
  'AES-GCM': ['encrypt', 'decrypt'],
  Ed25519: ['sign', 'verify'],
  HKDF: ['deriveBits', 'deriveKey'],
  PBKDF2: ['deriveBits', 'deriveKey'],
};
const KEYED = Object.keys(USAGES) as Name[];
const FORMATS: readonly string[] = ['raw', 'jwk', 'pkcs8', 'spki'];

function assertUsages(allowed: readonly KeyUsage[], usages: readonly KeyUsage[], empty: boolean): void {
  if (!usages.every((usage) => allowed.includes(usage)))
    throw new DOMException('The algorithm does not offer these uses.', 'SyntaxError');
  if (!empty && usages.length === 0) throw new DOMException('A secret or private key needs a use.', 'SyntaxError');
}

function formatOf(format: string): KeyFormat {
  if (FORMATS.includes(format)) return format as KeyFormat;
  throw new TypeError(`The key format ${String(format).slice(0, 16)} is unknown.`);
}

/** As in the Web Cryptography standard, for SHA-2, HMAC, AES-GCM, Ed25519, HKDF and PBKDF2. */
export class SubtleCrypto {
  async digest(algorithm: AlgorithmInit, data: Bytes): Promise<ArrayBuffer> {
    return computeBytes('digest', { hash: digestOf(algorithm), data: copyOf(data) }).buffer;
  }

  async sign(algorithm: AlgorithmInit, key: CryptoKey, data: Bytes): Promise<ArrayBuffer> {
    const { name } = algorithmOf(algorithm, ['HMAC', 'Ed25519']);
    const secret = useKey(key, name, 'sign');
    if (name === 'Ed25519') return computeBytes('ed25519-sign', { seed: secret, data: copyOf(data) }).buffer;
    return computeBytes('hmac', { hash: hashName(key), key: secret, data: copyOf(data) }).buffer;
  }

  async verify(algorithm: AlgorithmInit, key: CryptoKey, signature: Bytes, data: Bytes): Promise<boolean> {
    const { name } = algorithmOf(algorithm, ['HMAC', 'Ed25519']);
    const fields = { key: useKey(key, name, 'verify'), signature: copyOf(signature), data: copyOf(data) };
    if (name === 'Ed25519') return computeFields('ed25519-verify', fields)['valid'] === true;
    return computeFields('hmac-verify', { hash: hashName(key), ...fields })['valid'] === true;
  }

  async encrypt(algorithm: AlgorithmInit, key: CryptoKey, data: Bytes): Promise<ArrayBuffer> {
    return this.#aesGcm('aes-gcm-encrypt', 'encrypt', algorithm, key, data);
  }

  async decrypt(algorithm: AlgorithmInit, key: CryptoKey, data: Bytes): Promise<ArrayBuffer> {
    return this.#aesGcm('aes-gcm-decrypt', 'decrypt', algorithm, key, data);
  }

  async deriveBits(algorithm: AlgorithmInit, key: CryptoKey, length: number): Promise<ArrayBuffer> {
    return derive(algorithm, key, length, 'deriveBits').buffer;
  }

  async deriveKey(
    algorithm: AlgorithmInit,
    key: CryptoKey,
    derived: AlgorithmInit,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey> {
    const bits = derive(algorithm, key, secretLength(derived), 'deriveKey');
    return await this.importKey('raw', bits, derived, extractable, usages);
  }

  async generateKey(
    algorithm: AlgorithmInit,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey | { publicKey: CryptoKey; privateKey: CryptoKey }> {
    const { name } = algorithmOf(algorithm, ['HMAC', 'AES-GCM', 'Ed25519']);
    if (name !== 'Ed25519') {
      const bytes = computeBytes('random', { bytes: Math.ceil(secretLength(algorithm) / 8) });
      return await this.importKey('raw', bytes, algorithm, extractable, usages);
    }
    assertUsages(USAGES.Ed25519, usages, false);
    if (!usages.includes('sign')) throw new DOMException('A secret or private key needs a use.', 'SyntaxError');
    const seed = computeBytes('random', { bytes: 32 });
    const half = (type: 'private' | 'public', usage: KeyUsage): KeyTraits => ({
      type,
      algorithm: { name },
      extractable: extractable || type === 'public',
      usages: usages.filter((one) => one === usage),
    });
    return {
      publicKey: newKey(half('public', 'verify'), publicOf(seed)),
      privateKey: newKey(half('private', 'sign'), seed),
    };
  }

  async importKey(
    format: string,
    data: Bytes | Jwk,
    algorithm: AlgorithmInit,
    extractable: boolean,
    usages: readonly KeyUsage[],
  ): Promise<CryptoKey> {
    const { name, parameters } = algorithmOf(algorithm, KEYED);
    const form = formatOf(format);
    if (name === 'Ed25519') return importEd25519(form, data, extractable, usages);
    assertUsages(USAGES[name], usages, false);
    const derives = name === 'HKDF' || name === 'PBKDF2';
    if (derives && extractable) throw new DOMException('A key to derive from cannot be extracted.', 'SyntaxError');
    if (derives && form !== 'raw') throw new DOMException(`${name} has no format ${form}.`, 'NotSupportedError');
    const hash = name === 'HMAC' ? hashOf(parameters['hash']) : undefined;
    const algOf = (bytes: Uint8Array) => (hash === undefined ? `A${bytes.length * 8}GCM` : `HS${hash.slice(4)}`);
    const bytes = readSecret(form, data, { algOf, extractable, usages });
    if (name === 'HMAC' && Number(parameters['length'] ?? bytes.length * 8) !== bytes.length * 8)
      throw new DOMException('The length is not that of the key.', 'DataError');
    const traits = { type: 'secret', algorithm: secretAlgorithm(name, bytes, hash), extractable, usages } as const;
    return newKey(traits, bytes);
  }

  async exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer | Jwk> {
    const form = formatOf(format);
    if (!(key instanceof CryptoKey)) throw new TypeError('A CryptoKey is expected.');
    if (!key.extractable) throw new DOMException('The key cannot be extracted.', 'InvalidAccessError');
    return writeKey(form, key as KeyTraits, keyBytes(key));
  }

  get [Symbol.toStringTag](): string {
    return 'SubtleCrypto';
  }

  async #aesGcm(
    op: string,
    usage: KeyUsage,
    algorithm: AlgorithmInit,
    key: CryptoKey,
    data: Bytes,
  ): Promise<ArrayBuffer> {
    const { name, parameters } = algorithmOf(algorithm, ['AES-GCM']);
    const iv = bytesParameter(parameters, 'iv');
    const aad = bytesParameter(parameters, 'additionalData', new Uint8Array());
    const tagBits = Number(parameters['tagLength'] ?? 128);
    return computeBytes(op, { key: useKey(key, name, usage), iv, aad, tagBits, data: copyOf(data) }).buffer;
  }
}

function hashName(key: CryptoKey): string {
  return key.algorithm.hash?.name ?? '';
}

function secretAlgorithm(name: Exclude<Name, 'Ed25519'>, bytes: Uint8Array, hash: Hash | undefined): KeyAlgorithm {
  const length = bytes.length * 8;
  if (name === 'AES-GCM' && ![128, 192, 256].includes(length))
    throw new DOMException('An AES key has 128, 192 or 256 bits.', 'DataError');
  if (name === 'HMAC' && length === 0) throw new DOMException('An HMAC key must not be empty.', 'DataError');
  if (hash !== undefined) return { name, hash: Object.freeze({ name: hash }), length };
  return name === 'AES-GCM' ? { name, length } : { name };
}

/** Bits of a new secret of this algorithm; whole bytes only. */
function secretLength(algorithm: AlgorithmInit): number {
  const { name, parameters } = algorithmOf(algorithm, ['HMAC', 'AES-GCM']);
  const usual = name === 'HMAC' ? BLOCK_BYTES[hashOf(parameters['hash'])] * 8 : undefined;
  const length = Number(parameters['length'] ?? usual);
  if (name === 'AES-GCM' && ![128, 192, 256].includes(length))
    throw new DOMException('An AES key has 128, 192 or 256 bits.', 'OperationError');
  if (!(length > 0 && length <= 8192 && length % 8 === 0))
    throw new DOMException('The length of a key is a whole number of bytes, at most 8192 bits.', 'OperationError');
  return length;
}

function importEd25519(
  form: KeyFormat,
  data: Bytes | Jwk,
  extractable: boolean,
  usages: readonly KeyUsage[],
): CryptoKey {
  const { type, bytes } = readEd25519(form, data, { extractable, usages });
  assertUsages([type === 'private' ? 'sign' : 'verify'], usages, type === 'public');
  return newKey({ type, algorithm: { name: 'Ed25519' }, extractable, usages }, bytes);
}

function derive(algorithm: AlgorithmInit, key: CryptoKey, length: number, usage: KeyUsage): Uint8Array<ArrayBuffer> {
  const { name, parameters } = algorithmOf(algorithm, ['HKDF', 'PBKDF2']);
  const secret = useKey(key, name, usage);
  if (!Number.isInteger(length) || length < 0 || length % 8 !== 0)
    throw new DOMException('The length is not a whole number of bytes.', 'OperationError');
  const fields = {
    hash: hashOf(parameters['hash']),
    key: secret,
    salt: bytesParameter(parameters, 'salt'),
    bytes: length / 8,
  };
  if (name === 'HKDF') return computeBytes('hkdf', { ...fields, info: bytesParameter(parameters, 'info') });
  return computeBytes('pbkdf2', { ...fields, iterations: Number(parameters['iterations']) });
}
