import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import nacl from 'tweetnacl';
import * as z from 'zod';
import { GreenticError } from '../errors.ts';

const RAW_BYTES = 32;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const FIELD_PRIME = 2n ** 255n - 19n;

/**
 * y-coordinates (little-endian hex, sign bit cleared) of the eight points of small order on Curve25519's Edwards form:
 * a key among them accepts signatures that nobody made. Orders 1, 2, 4, 8 and 8.
 */
const SMALL_ORDER = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** An Ed25519 key pair, base64. The secret key is 64 bytes: seed and public key. */
export interface KeyPair {
  readonly keyId: string;
  readonly publicKey: string;
  readonly secretKey: string;
}

/** Makes a key pair from 32 random bytes. */
export function generateKeyPair(seed: Uint8Array = nacl.randomBytes(RAW_BYTES)): KeyPair {
  const pair = nacl.sign.keyPair.fromSeed(seed);
  const publicKey = Buffer.from(pair.publicKey).toString('base64');
  return { keyId: keyIdOf(publicKey), publicKey, secretKey: Buffer.from(pair.secretKey).toString('base64') };
}

/** The key pair a secret key belongs to. Throws `trust/key-invalid`. */
export function keyPairOf(secretKey: string): KeyPair {
  const bytes = Buffer.from(secretKey, 'base64');
  if (bytes.byteLength !== nacl.sign.secretKeyLength) {
    throw new GreenticError('trust/key-invalid', 'This is not an Ed25519 secret key of 64 bytes.');
  }
  return generateKeyPair(bytes.subarray(0, RAW_BYTES));
}

/** Signs bytes with a secret key of `generateKeyPair`; 64 bytes (RFC 8032). */
export function signBytes(bytes: Uint8Array, secretKey: string): Uint8Array {
  return nacl.sign.detached(
    Uint8Array.from(bytes),
    Uint8Array.from(Buffer.from(keyPairOf(secretKey).secretKey, 'base64')),
  );
}

/** Id of a public key: hex of the first 16 bytes of SHA-256 over its 32 raw bytes. */
export function keyIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 32);
}

/**
 * The raw bytes of a public key that may be trusted. Throws `trust/key-invalid` for a wrong length, other base64 than the
 * canonical one, a coordinate that is not below the field prime, and points of small order.
 */
export function assertPublicKey(publicKey: string): Uint8Array {
  const bytes = Buffer.from(publicKey, 'base64');
  if (bytes.byteLength !== RAW_BYTES || bytes.toString('base64') !== publicKey) {
    throw new GreenticError('trust/key-invalid', 'A public key is 32 bytes in canonical base64.');
  }
  const y = Buffer.from(bytes);
  y[31] = (y[31] ?? 0) & 0x7f;
  if (BigInt(`0x${Buffer.from(y).reverse().toString('hex')}`) >= FIELD_PRIME) {
    throw new GreenticError('trust/key-invalid', 'The public key is not in canonical form.');
  }
  if (SMALL_ORDER.has(y.toString('hex'))) {
    throw new GreenticError(
      'trust/key-invalid',
      'The public key is a point of small order: anybody could sign for it.',
    );
  }
  return bytes;
}

/** A public key for node:crypto, which verifies strictly (RFC 8032). Throws `trust/key-invalid`. */
export function toKeyObject(publicKey: string): KeyObject {
  return createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, assertPublicKey(publicKey)]),
    format: 'der',
    type: 'spki',
  });
}

/** A key somebody trusts. The id must be the key's own, so that one key cannot count as two. */
export const TrustedKey = z
  .strictObject({ keyId: z.string().regex(/^[0-9a-f]{32}$/), publicKey: z.base64().length(44) })
  .superRefine(({ keyId, publicKey }, context) => {
    try {
      assertPublicKey(publicKey);
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['publicKey'], message: (error as Error).message });
    }
    if (keyIdOf(publicKey) !== keyId)
      context.addIssue({ code: 'custom', path: ['keyId'], message: 'is not the id of this key' });
  });
export type TrustedKey = z.infer<typeof TrustedKey>;
