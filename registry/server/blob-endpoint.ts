import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@greentic/core';
import { blobPath } from '../layout/image-layout.ts';
import { answer, type Exchange } from './exchange.ts';
import { Refusal } from './refusal.ts';
import type { Shelf } from './shelf.ts';
import { sliceOf, verifiedSlice } from './verified-slice.ts';

/** Bytes under a digest never change, but who may have them can: shared caches stay out. */
const FOR_EVER = 'private, max-age=31536000, immutable';

/** `/v2/<name>/blobs/<digest>`: GET with `Range`, HEAD, DELETE. */
export async function blobEndpoint(shelf: Shelf, exchange: Exchange, { repository, digest }: BlobRoute): Promise<void> {
  if (!shelf.repositories.hasBlob(repository, digest)) throw unknownBlob(digest);
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return sendBlob(shelf, exchange, { digest, mediaType: 'application/octet-stream' });
    case 'DELETE':
      await shelf.remove(repository, digest, () => shelf.repositories.removeBlob(repository, digest));
      return answer(exchange, 202);
    default:
      throw new Refusal(405, 'UNSUPPORTED', 'A blob is read or deleted here.', {
        headers: { Allow: 'GET, HEAD, DELETE' },
      });
  }
}

interface BlobRoute {
  readonly repository: string;
  readonly digest: Digest;
}

/** Sends what is stored under a digest: these bytes, or an answer that is broken off. */
export async function sendBlob(
  shelf: Shelf,
  exchange: Exchange,
  { digest, mediaType }: { digest: Digest; mediaType: string },
): Promise<void> {
  const file = await openBlob(shelf.folder, digest);
  try {
    const { size } = await file.stat();
    const { request, response } = exchange;
    const headers = { ETag: `"${digest}"`, 'Docker-Content-Digest': digest, 'Cache-Control': FOR_EVER };
    if (request.headers['if-none-match'] === `"${digest}"`) return answer(exchange, 304, headers);
    const slice = sliceOf(request.headers.range, size);
    if (slice === undefined) return answer(exchange, 416, { 'Content-Range': `bytes */${size}` });
    response.writeHead(slice.partial ? 206 : 200, {
      ...headers,
      'Content-Type': mediaType,
      'Content-Length': slice.end - slice.start + 1,
      'Accept-Ranges': 'bytes',
      ...(slice.partial ? { 'Content-Range': `bytes ${slice.start}-${slice.end}/${size}` } : {}),
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(Readable.from(verifiedSlice(file, digest, slice)), response);
  } finally {
    await file.close();
  }
}

async function openBlob(folder: string, digest: Digest): Promise<FileHandle> {
  return await open(blobPath(folder, digest), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw unknownBlob(digest);
    throw error;
  });
}

function unknownBlob(digest: Digest): Refusal {
  return new Refusal(404, 'BLOB_UNKNOWN', 'This repository has no such blob.', { detail: { digest } });
}
