import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type Digest, GreenticError, hexOf } from '@greentic/core';

const CHUNK_BYTES = 64 * 1024;

/** Part of a blob: from a byte to a byte, both included, as HTTP counts. */
export interface Slice {
  readonly start: number;
  readonly end: number;
}

/**
 * The bytes of a slice, read once and hashed whole on the way. The last chunk is held back until the hash of the whole file is the
 * digest: nobody ever gets a complete answer of other bytes. Throws `blob/digest-mismatch` in its place.
 */
export async function* verifiedSlice(
  file: Pick<FileHandle, 'read'>,
  digest: Digest,
  { start, end }: Slice,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for (let offset = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, offset);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    const wanted = chunk.subarray(clamp(start - offset, bytesRead), clamp(end + 1 - offset, bytesRead));
    offset += bytesRead;
    if (wanted.byteLength === 0) continue;
    if (held !== undefined) yield held;
    held = wanted;
  }
  if (hash.digest('hex') !== hexOf(digest))
    throw new GreenticError('blob/digest-mismatch', `The store holds other bytes under ${digest}.`);
  if (held !== undefined) yield held;
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}

/**
 * The slice that a `Range` header asks for (RFC 9110 §14.2); the whole for none, for another unit and for several ranges, which
 * a server may ignore; undefined when it cannot be satisfied.
 */
export function sliceOf(header: string | undefined, size: number): (Slice & { readonly partial: boolean }) | undefined {
  const whole = { start: 0, end: size - 1, partial: false };
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return whole;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? undefined : { start: size - length, end: size - 1, partial: true };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return whole;
  return start >= size ? undefined : { start, end, partial: true };
}
