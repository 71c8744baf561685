import { ReadableStream } from './streams.ts';

/** A stream over bytes; what it gives is a copy. */
export function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes.slice());
      controller.close();
    },
  });
}

/** Reads a stream of bytes to its end. Throws a TypeError for a chunk that is not a Uint8Array. */
export async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) {
    if (!(piece instanceof Uint8Array)) throw new TypeError('A body stream must give Uint8Array chunks.');
    pieces.push(piece);
  }
  return join(pieces);
}

/** Whether anybody has read from a stream or cancelled it. The library keeps this slot of the standard under this name. */
export function isDisturbed(stream: ReadableStream<Uint8Array>): boolean {
  return (stream as { _disturbed?: boolean })._disturbed === true;
}

/** Pieces as one. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
