import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  pbkdf2Sync,
  randomBytes,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { Fields, Refused } from './computation-fields.ts';

// What an isolate cannot do for itself and needs no right for: arithmetic of cryptography, randomness, URLs, the clock.
// Requests come from hostile code: exact fields, bounded sizes and bounded work. Nothing here keeps state.

const HASHES = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;
const HASH_BYTES = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const;
const AES_BYTES = new Map([
  [16, 'aes-128-gcm' as const],
  [24, 'aes-192-gcm' as const],
  [32, 'aes-256-gcm' as const],
]);
const TAG_BITS: readonly number[] = [32, 64, 96, 104, 112, 120, 128];
const URL_PARTS = [
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;
// RFC 8410: an Ed25519 key in DER is one of these, then its 32 bytes.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const REQUEST_MAX = 16 * 2 ** 20;
const DATA_MAX = 12 * 2 ** 20;
const KEY_MAX = 64 * 1024;
const URL_MAX = 256 * 1024;
const RANDOM_MAX = 65_536;
const DERIVED_MAX = 16 * 1024;
/** Hash rounds of one PBKDF2: about a second. */
const ROUNDS_MAX = 2_000_000;

interface Operation {
  /** Names of the fields; one with a question mark may be missing. */
  readonly fields: readonly string[];
  readonly run: (fields: Fields) => object;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  now: { fields: [], run: () => ({ now: Math.floor(performance.now()) }) },
  random: { fields: ['bytes'], run: (f) => data(randomBytes(f.integer('bytes', 0, RANDOM_MAX))) },
  digest: {
    fields: ['hash', 'data'],
    run: (f) => data(createHash(hashOf(f)).update(f.bytes('data', DATA_MAX)).digest()),
  },
  hmac: { fields: ['hash', 'key', 'data'], run: (f) => data(hmac(f)) },
  'hmac-verify': { fields: ['hash', 'key', 'signature', 'data'], run: hmacVerify },
  'aes-gcm-encrypt': { fields: ['key', 'iv', 'aad', 'tagBits', 'data'], run: aesGcmEncrypt },
  'aes-gcm-decrypt': { fields: ['key', 'iv', 'aad', 'tagBits', 'data'], run: aesGcmDecrypt },
  'ed25519-public': { fields: ['seed'], run: ed25519Public },
  'ed25519-sign': {
    fields: ['seed', 'data'],
    run: (f) => data(sign(null, f.bytes('data', DATA_MAX), privateKey(f.exactly('seed', 32)))),
  },
  'ed25519-verify': { fields: ['key', 'signature', 'data'], run: ed25519Verify },
  hkdf: { fields: ['hash', 'key', 'salt', 'info', 'bytes'], run: hkdf },
  pbkdf2: { fields: ['hash', 'key', 'salt', 'iterations', 'bytes'], run: pbkdf2 },
  url: { fields: ['url', 'base?'], run: parseUrl },
  'url-set': { fields: ['url', 'part', 'value'], run: changeUrl },
};

/**
 * Does one pure computation for an isolate: JSON text `{op, …}` in, JSON text out, bytes as base64. What cannot be done is
 * answered as `{error: {name, message}}`, with the name of the TypeError or DOMException it means. Never throws.
 */
export function compute(json: string): string {
  try {
    if (typeof json !== 'string' || json.length > REQUEST_MAX)
      throw new Refused('OperationError', 'The request is too large.');
    const fields = Fields.decode(json);
    const op = fields.text('op', 32);
    const operation = Object.hasOwn(OPERATIONS, op) ? OPERATIONS[op] : undefined;
    if (operation === undefined) throw new Refused('NotSupportedError', 'There is no such computation.');
    fields.assertNames(operation.fields);
    return JSON.stringify(operation.run(fields));
  } catch (error) {
    // What the platform says about its own failure is none of the program's business.
    const { name, message } =
      error instanceof Refused ? error : { name: 'OperationError', message: 'The computation failed.' };
    return JSON.stringify({ error: { name, message } });
  }
}

function data(bytes: Uint8Array): object {
  return { data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
}

function hashOf(f: Fields): string {
  return HASHES[f.choice('hash', Object.keys(HASHES) as (keyof typeof HASHES)[])];
}

function hmac(f: Fields): Buffer {
  return createHmac(hashOf(f), f.bytes('key', KEY_MAX)).update(f.bytes('data', DATA_MAX)).digest();
}

function hmacVerify(f: Fields): object {
  const expected = hmac(f);
  const given = f.bytes('signature', KEY_MAX);
  return { valid: given.byteLength === expected.byteLength && timingSafeEqual(given, expected) };
}

function cipherOf(f: Fields): {
  algorithm: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';
  key: Buffer;
  iv: Buffer;
  aad: Buffer;
  tagBytes: number;
} {
  const key = f.bytes('key', 32);
  const algorithm = AES_BYTES.get(key.byteLength);
  const iv = f.bytes('iv', 1024);
  const tagBits = f.integer('tagBits', 32, 128);
  if (algorithm === undefined || iv.byteLength === 0 || !TAG_BITS.includes(tagBits))
    throw new Refused('OperationError', 'The key, the initialisation vector or the tag has a wrong length.');
  return { algorithm, key, iv, aad: f.bytes('aad', DATA_MAX), tagBytes: tagBits / 8 };
}

function aesGcmEncrypt(f: Fields): object {
  const { algorithm, key, iv, aad, tagBytes } = cipherOf(f);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(aad);
  return data(Buffer.concat([cipher.update(f.bytes('data', DATA_MAX)), cipher.final(), cipher.getAuthTag()]));
}

function aesGcmDecrypt(f: Fields): object {
  const { algorithm, key, iv, aad, tagBytes } = cipherOf(f);
  const sealed = f.bytes('data', DATA_MAX);
  if (sealed.byteLength < tagBytes) throw new Refused('OperationError', 'The data is shorter than its tag.');
  const end = sealed.byteLength - tagBytes;
  const cipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes }).setAAD(aad);
  cipher.setAuthTag(sealed.subarray(end));
  const plain = cipher.update(sealed.subarray(0, end));
  return data(Buffer.concat([plain, cipher.final()]));
}

function privateKey(seed: Buffer): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function ed25519Public(f: Fields): object {
  const spki = createPublicKey(privateKey(f.exactly('seed', 32))).export({ format: 'der', type: 'spki' });
  return data(spki.subarray(SPKI_PREFIX.byteLength));
}

function ed25519Verify(f: Fields): object {
  const der = Buffer.concat([SPKI_PREFIX, f.exactly('key', 32)]);
  const signature = f.bytes('signature', KEY_MAX);
  const signed = f.bytes('data', DATA_MAX);
  return { valid: verify(null, signed, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature) };
}

function hkdf(f: Fields): object {
  const [key, salt, info] = [f.bytes('key', KEY_MAX), f.bytes('salt', KEY_MAX), f.bytes('info', 1024)];
  return data(new Uint8Array(hkdfSync(hashOf(f), key, salt, info, f.integer('bytes', 0, DERIVED_MAX))));
}

function pbkdf2(f: Fields): object {
  const [key, salt] = [f.bytes('key', KEY_MAX), f.bytes('salt', KEY_MAX)];
  const size = f.integer('bytes', 0, DERIVED_MAX);
  const iterations = f.integer('iterations', 1, ROUNDS_MAX);
  const blocks = Math.ceil(size / HASH_BYTES[f.choice('hash', Object.keys(HASHES) as (keyof typeof HASHES)[])]);
  if (iterations * blocks > ROUNDS_MAX)
    throw new Refused('OperationError', `The derivation would take more than ${ROUNDS_MAX} rounds.`);
  return size === 0 ? data(Buffer.alloc(0)) : data(pbkdf2Sync(key, salt, iterations, size, hashOf(f)));
}

function parseUrl(f: Fields): object {
  const base = f.has('base') ? f.text('base', URL_MAX) : undefined;
  const url = URL.parse(f.text('url', URL_MAX), base);
  if (url === null) throw new Refused('TypeError', 'Invalid URL');
  return partsOf(url);
}

function changeUrl(f: Fields): object {
  const url = URL.parse(f.text('url', URL_MAX));
  if (url === null) throw new Refused('TypeError', 'Invalid URL');
  url[f.choice('part', URL_PARTS)] = f.text('value', URL_MAX);
  return partsOf(url);
}

function partsOf(url: URL): object {
  const parts = URL_PARTS.map((part) => [part, url[part]] as const);
  return { href: url.href, origin: url.origin, ...Object.fromEntries(parts) };
}
