import { createHmac, timingSafeEqual } from 'node:crypto';
import { GreenticError } from '@greentic/core';

/** A secret key of the router, for HMAC-SHA256. */
export interface SigningKey {
  /** Names the key in what it signed: 1 to 16 letters, digits, `-` and `_`. */
  readonly kid: string;
  /** 32 random bytes. */
  readonly key: Uint8Array;
}

/** The router's keys: the first signs, all verify. Rotate by putting a new one in front and dropping the last one later. */
export type CookieKeys = readonly SigningKey[];

/** What a signature is for; one made for the one purpose never passes for the other. */
export type Purpose = 'cookie' | 'token';

const KEY_BYTES = 32;
const MAX_KEYS = 8;

/** Throws `runtime/config-invalid` unless there are 1 to 8 keys of 32 bytes with distinct, well-formed names. */
export function assertKeys(keys: CookieKeys): void {
  const names = new Set(keys.map(({ kid }) => kid));
  const wellFormed = keys.every(({ kid, key }) => /^[A-Za-z0-9_-]{1,16}$/.test(kid) && key.byteLength === KEY_BYTES);
  if (keys.length === 0 || keys.length > MAX_KEYS || names.size !== keys.length || !wellFormed) {
    throw new GreenticError(
      'runtime/config-invalid',
      `The router needs 1 to ${MAX_KEYS} signing keys of ${KEY_BYTES} bytes with distinct names.`,
    );
  }
}

/** Signs with the first key: `<payload>.<kid>.<mac>`. The payload must not contain a dot. */
export function seal(keys: CookieKeys, purpose: Purpose, payload: string): string {
  const [signer] = keys;
  if (signer === undefined) throw new GreenticError('runtime/config-invalid', 'The router has no signing key.');
  return `${payload}.${signer.kid}.${mac(signer, purpose, payload).toString('base64url')}`;
}

/** The payload of a sealed text, or undefined when no key of ours made it for this purpose. */
export function unseal(keys: CookieKeys, purpose: Purpose, sealed: string): string | undefined {
  const [payload, kid, signature, ...rest] = sealed.split('.', 4);
  if (payload === undefined || kid === undefined || signature === undefined || rest.length > 0) return undefined;
  const signer = keys.find((candidate) => candidate.kid === kid);
  if (signer === undefined) return undefined;
  const expected = mac(signer, purpose, payload);
  const actual = Buffer.from(signature, 'base64url');
  // Base64url has several spellings of one value; only ours is accepted.
  if (actual.byteLength !== expected.byteLength || actual.toString('base64url') !== signature) return undefined;
  return timingSafeEqual(actual, expected) ? payload : undefined;
}

function mac({ key, kid }: SigningKey, purpose: Purpose, payload: string): Buffer {
  return createHmac('sha256', key).update(`greentic.router.${purpose}/1\n${kid}\n${payload}`).digest();
}
