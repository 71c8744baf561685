/** Whether a value is bytes in the sense of Web IDL: a buffer or a view of one. */
export function isBufferSource(value: unknown): value is ArrayBuffer | ArrayBufferView<ArrayBuffer> {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** The bytes a buffer or a view shows, not copied. Throws a TypeError for anything else. */
export function bytesOf(source: unknown): Uint8Array {
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new TypeError('The value is neither a buffer nor a view of one.');
}

/** A copy of the bytes, which later changes of the source do not reach. */
export function copyOf(source: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytesOf(source));
}
