import { assertDigest, Digest, digestOf, GreenticError } from '@greentic/core';
import * as z from 'zod';

/** Most bytes a descriptor may carry of what it describes, so that nobody has to ask for them. */
export const INLINE_MAX_BYTES = 64 * 1024;

/**
 * OCI content descriptor: what a blob is, and exactly which bytes it has. `data` may carry those bytes in base64 (image
 * specification 1.1, descriptor.md); it is believed no more than a download: see `inlineBytes`.
 */
export const Descriptor = z.strictObject({
  mediaType: z.string().min(1).max(128),
  digest: Digest,
  size: z.int().min(0),
  artifactType: z.string().max(128).exactOptional(),
  annotations: z.record(z.string().max(128), z.string().max(1024)).exactOptional(),
  data: z
    .base64()
    .max(4 * Math.ceil(INLINE_MAX_BYTES / 3))
    .exactOptional(),
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

/** The descriptor with its bytes in it, when they are at most `maxBytes`; without any otherwise. */
export function withInline(descriptor: Descriptor, bytes: Uint8Array, maxBytes = INLINE_MAX_BYTES): Descriptor {
  const { data: _, ...bare } = descriptor;
  return bytes.byteLength > maxBytes ? bare : { ...bare, data: Buffer.from(bytes).toString('base64') };
}

/** The bytes a descriptor carries, not checked yet: whoever asks pins them as if they had been fetched. */
export function inlineBytes({ data }: Descriptor): Uint8Array | undefined {
  return data === undefined ? undefined : Buffer.from(data, 'base64');
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
