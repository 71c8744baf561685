import { assertDigest, Digest, digestOf, GreenticError } from '@greentic/core';
import * as z from 'zod';

/** OCI content descriptor: what a blob is, and exactly which bytes it has. */
export const Descriptor = z.strictObject({
  mediaType: z.string().min(1).max(128),
  digest: Digest,
  size: z.int().min(0),
  artifactType: z.string().max(128).exactOptional(),
  annotations: z.record(z.string().max(128), z.string().max(1024)).exactOptional(),
});
export type Descriptor = z.infer<typeof Descriptor>;

/** The digest and size of a blob: all it takes to know its bytes. */
export const BlobPin = z.strictObject({ digest: Digest, size: z.int().min(0) });
export type BlobPin = z.infer<typeof BlobPin>;

/** Describes bytes. */
export function describeBytes(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, ...pinOf(bytes) };
}

/** The pin of bytes. */
export function pinOf(bytes: Uint8Array): BlobPin {
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

/**
 * Returns the bytes when they are the ones the pin names. Throws `blob/size-mismatch` or `blob/digest-mismatch`.
 */
export function assertPinned(bytes: Uint8Array, pin: BlobPin, what: string): Uint8Array {
  if (bytes.byteLength !== pin.size) {
    throw new GreenticError('blob/size-mismatch', `${what} has ${bytes.byteLength} bytes, not ${pin.size}.`);
  }
  return assertDigest(bytes, pin.digest, what);
}
