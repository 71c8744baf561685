import { decodeBase64, encodeBase64 } from './base64.ts';
import { copyOf, isBufferSource } from './buffer-source.ts';
import { join } from './byte-stream.ts';
import { computeBytes } from './computation.ts';
import type { KeyTraits, KeyUsage } from './crypto-key.ts';
import { DOMException } from './dom-exception.ts';

/** A format of the Web Cryptography standard. */
export type KeyFormat = 'raw' | 'jwk' | 'pkcs8' | 'spki';

/** The fields of a JSON Web Key that are read and written here. */
export interface Jwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly k?: string;
  readonly x?: string;
  readonly d?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly key_ops?: readonly string[];
  readonly ext?: boolean;
}

// RFC 8410: an Ed25519 key in DER is one of these, then its 32 bytes.
const PKCS8_PREFIX = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const SPKI_PREFIX = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
const ED25519_BYTES = 32;

const dataError = (message: string): DOMException => new DOMException(message, 'DataError');

function fromBase64Url(text: unknown, what: string): Uint8Array<ArrayBuffer> {
  const isText = typeof text === 'string' && /^[A-Za-z0-9_-]*$/.test(text);
  const bytes = isText ? decodeBase64(text.replaceAll('-', '+').replaceAll('_', '/')) : undefined;
  if (bytes === undefined) throw dataError(`The key's ${what} is not base64url.`);
  return bytes;
}

function toBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function unwrapDer(bytes: Uint8Array<ArrayBuffer>, prefix: readonly number[]): Uint8Array<ArrayBuffer> {
  const fits = bytes.length === prefix.length + ED25519_BYTES && prefix.every((byte, i) => bytes[i] === byte);
  if (!fits) throw dataError('The key is not an Ed25519 key in this format.');
  return bytes.slice(prefix.length);
}

/** What is asked of a key that is read. */
interface Wish {
  readonly extractable: boolean;
  readonly usages: readonly KeyUsage[];
}

/** What a JSON Web Key says about its use must allow what is asked. */
function assertJwk(jwk: unknown, kty: string, { extractable, usages }: Wish): Jwk {
  if (typeof jwk !== 'object' || jwk === null) throw new TypeError('A JSON Web Key is an object.');
  const key = jwk as Jwk;
  if (key.kty !== kty) throw dataError(`The key's kty is not ${kty}.`);
  if (key.ext === false && extractable) throw dataError('The key may not be extracted.');
  const use = usages.some((usage) => usage === 'encrypt' || usage === 'decrypt') ? 'enc' : 'sig';
  if (key.use !== undefined && usages.length > 0 && key.use !== use) throw dataError(`The key's use is not ${use}.`);
  if (key.key_ops !== undefined) assertOperations(key.key_ops, usages);
  return key;
}

function assertOperations(operations: readonly string[], usages: readonly KeyUsage[]): void {
  if (!Array.isArray(operations)) throw new TypeError('The key’s key_ops must be a list.');
  if (new Set(operations).size !== operations.length) throw dataError('The key names an operation twice.');
  if (!usages.every((usage) => operations.includes(usage))) throw dataError('The key does not allow these uses.');
}

function assertAlg({ alg }: Jwk, allowed: readonly string[]): void {
  if (alg !== undefined && !allowed.includes(alg)) throw dataError(`The key's alg is not ${allowed.join(' or ')}.`);
}

/** Bytes of a symmetric key, from `raw` or `jwk`; a JSON Web Key that names an algorithm must name this one. */
export function readSecret(
  format: KeyFormat,
  data: unknown,
  { algOf, ...wish }: Wish & { algOf: (bytes: Uint8Array) => string },
): Uint8Array<ArrayBuffer> {
  if (format === 'raw') return copyOf(data);
  if (format !== 'jwk') throw new DOMException(`A secret key has no format ${format}.`, 'NotSupportedError');
  const jwk = assertJwk(data, 'oct', wish);
  const bytes = fromBase64Url(jwk.k, 'k');
  assertAlg(jwk, [algOf(bytes)]);
  return bytes;
}

/** Type and bytes of an Ed25519 key: the seed of a private one, the point of a public one. */
export function readEd25519(
  format: KeyFormat,
  data: unknown,
  wish: Wish,
): { type: 'private' | 'public'; bytes: Uint8Array<ArrayBuffer> } {
  const found = format === 'jwk' ? readOkp(data, wish) : readEncoded(format, data);
  if (found.bytes.length !== ED25519_BYTES) throw dataError('An Ed25519 key has 32 bytes.');
  return found;
}

type Ed25519Key = ReturnType<typeof readEd25519>;

function readEncoded(format: Exclude<KeyFormat, 'jwk'>, data: unknown): Ed25519Key {
  if (!isBufferSource(data)) throw new TypeError('The key must be bytes.');
  const bytes = copyOf(data);
  if (format === 'pkcs8') return { type: 'private', bytes: unwrapDer(bytes, PKCS8_PREFIX) };
  return { type: 'public', bytes: format === 'spki' ? unwrapDer(bytes, SPKI_PREFIX) : bytes };
}

function readOkp(data: unknown, wish: Wish): Ed25519Key {
  const jwk = assertJwk(data, 'OKP', wish);
  assertAlg(jwk, ['Ed25519', 'EdDSA']);
  if (jwk.crv !== 'Ed25519') throw dataError('The key is not on the curve Ed25519.');
  const point = fromBase64Url(jwk.x, 'x');
  if (jwk.d === undefined) return { type: 'public', bytes: point };
  const seed = fromBase64Url(jwk.d, 'd');
  if (seed.length !== ED25519_BYTES || toBase64Url(publicOf(seed)) !== toBase64Url(point))
    throw dataError('The two halves of the key do not belong together.');
  return { type: 'private', bytes: seed };
}

/** The public point of a private seed. */
export function publicOf(seed: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return computeBytes('ed25519-public', { seed });
}

/** A key in the format asked. Throws `InvalidAccessError` or `NotSupportedError` for a format the key does not have. */
export function writeKey(format: KeyFormat, key: KeyTraits, bytes: Uint8Array<ArrayBuffer>): ArrayBuffer | Jwk {
  if (format === 'jwk') return writeJwk(key, bytes);
  if (key.algorithm.name !== 'Ed25519') {
    if (format === 'raw') return bytes.slice().buffer;
    throw new DOMException(`A secret key has no format ${format}.`, 'NotSupportedError');
  }
  if ((format === 'pkcs8') !== (key.type === 'private'))
    throw new DOMException(`A ${key.type} key has no format ${format}.`, 'InvalidAccessError');
  const prefix = format === 'pkcs8' ? PKCS8_PREFIX : format === 'spki' ? SPKI_PREFIX : [];
  return join([Uint8Array.from(prefix), bytes]).buffer;
}

function writeJwk(key: KeyTraits, bytes: Uint8Array<ArrayBuffer>): Jwk {
  const use = { key_ops: [...key.usages], ext: key.extractable };
  const { name, hash, length } = key.algorithm;
  if (name === 'Ed25519') {
    const half = { kty: 'OKP', crv: 'Ed25519', ...use };
    if (key.type === 'public') return { ...half, x: toBase64Url(bytes) };
    return { ...half, x: toBase64Url(publicOf(bytes)), d: toBase64Url(bytes) };
  }
  const alg = name === 'HMAC' ? `HS${hash?.name.slice(4)}` : `A${length}GCM`;
  return { kty: 'oct', k: toBase64Url(bytes), alg, ...use };
}
