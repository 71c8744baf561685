import type { ServerResponse } from 'node:http';
import type { Answer } from './oci-lie.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json';

/** The digest of nothing anybody has. */
export const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

type Headers = Record<string, string | string[] | number>;

/** An answer made of the honest one, with the type that the place has. */
export const giving =
  (change: (honest: Buffer) => string | Buffer, headers: Headers = {}, status = 200): Answer =>
  (response, honest, { path }) => {
    const manifest = path.includes('/manifests/sha256:') ? IMAGE_INDEX : MANIFEST;
    const type = path.includes('/manifests/') ? manifest : 'application/octet-stream';
    response.writeHead(status, { 'content-type': type, ...headers }).end(change(honest));
  };

/** An answer without a body. */
export const saying = (status: number, headers: Headers = {}): Answer => giving(() => '', headers, status);

/** The bytes with one bit changed. */
export function flipped(honest: Buffer): Buffer {
  const bytes = Buffer.from(honest);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  return bytes;
}

/** Writes bytes to the connection that no server would send, and ends it. */
export const raw =
  (...parts: (string | ((honest: Buffer) => Buffer))[]): Answer =>
  (response, honest) => {
    for (const part of parts) response.socket?.write(typeof part === 'string' ? part : part(honest));
    response.socket?.end();
  };

/** Writes the beginning of an answer to the connection, and then a piece of it until nobody listens, or the time has run out. */
export const rawEndless =
  (head: string, piece: string, { expires = true } = {}): Answer =>
  (response, _honest, _asked, stage) => {
    const { socket } = response;
    socket?.write(head);
    let sent = 0;
    const more = () => {
      if (socket === null || socket.destroyed) return;
      if (expires && ++sent === 512) stage.expire();
      if (socket.write(piece)) setImmediate(more);
      else socket.once('drain', more);
    };
    more();
  };

/** Begins as an honest answer does, and cuts the connection after some bytes. */
export const cut: Answer = (response, honest, { path }) => {
  const type = path.includes('/manifests/sha256:') ? IMAGE_INDEX : MANIFEST;
  response.writeHead(200, { 'content-length': honest.byteLength, 'content-type': type });
  response.write(honest.subarray(0, 10), () => response.socket?.end());
};

/** Cuts the first answer, and answers as told to whoever asks for the rest. */
export const cutting =
  (rest: Answer): Answer =>
  (response, honest, asked, stage) =>
    (asked.headers.range === undefined ? cut : rest)(response, honest, asked, stage);

/** Goes on until nobody listens any more. */
export function endless(response: ServerResponse, piece: Buffer, each: () => void = () => undefined): void {
  const more = () => {
    if (response.closed || response.destroyed) return;
    each();
    if (response.write(piece)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}

/** An answer without an end. */
export const pouring =
  (headers: Headers = {}, status = 200): Answer =>
  (response) => {
    response.writeHead(status, headers);
    endless(response, Buffer.alloc(65_536, ' '));
  };

/** Sends a byte at a time, until the time has run out. */
export const dripping =
  (headers: Headers = {}, status = 200): Answer =>
  (response, _honest, _asked, stage) => {
    response.writeHead(status, headers);
    let sent = 0;
    endless(response, Buffer.from(' '), () => {
      if (++sent === 64) stage.expire();
    });
  };
