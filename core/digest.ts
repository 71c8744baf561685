import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type ErrorCode, GreenticError } from './errors.ts';

/** `sha256:` and 64 lower-case hex digits, as OCI writes it. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256:<64 hex digits>')
  .brand('Digest');
export type Digest = z.infer<typeof Digest>;

/** SHA-256 of bytes or UTF-8 text. */
export function digestOf(data: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(data).digest('hex')}` as Digest;
}

/** The hex digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Returns the bytes when they have the digest, else throws the code given (`blob/digest-mismatch`). */
export function assertDigest(
  data: Uint8Array,
  expected: Digest,
  what: string,
  code: ErrorCode = 'blob/digest-mismatch',
): Uint8Array {
  const actual = digestOf(data);
  if (actual !== expected) {
    throw new GreenticError(code, `${what} has digest ${actual}, not ${expected}.`, { details: { expected, actual } });
  }
  return data;
}
