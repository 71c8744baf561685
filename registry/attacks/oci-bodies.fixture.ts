import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import {
  cut,
  cutting,
  dripping,
  endless,
  flipped,
  giving,
  IMAGE_INDEX,
  MANIFEST,
  NO_DIGEST,
  pouring,
  raw,
  rawEndless,
} from '../testing/oci-answer.ts';
import { lies, type OciLie, PLACES } from '../testing/oci-lie.ts';

const { index, group, blob } = PLACES;
const BOMB = Buffer.alloc(64 * 2 ** 20);
const BOMBS = {
  gzip: gzipSync(BOMB),
  br: brotliCompressSync(BOMB),
  deflate: deflateSync(BOMB),
  'gzip, gzip': gzipSync(gzipSync(BOMB)),
};
const same = (honest: Buffer) => honest;

/** A registry sends other bytes than it was asked for, without an end, or in a form that grows. */
export const OCI_BODIES: readonly OciLie[] = [
  ...(
    [
      ['blob', blob],
      ['manifest', group],
    ] as const
  ).flatMap(([what, place]) => [
    ...lies('blob/digest-mismatch', place, {
      [`a ${what} with one flipped bit`]: giving(flipped),
      [`a ${what} that is empty`]: giving(() => ''),
      [`a ${what} without its last byte`]: giving((honest) => honest.subarray(0, -1)),
      [`a ${what} under the digest of another`]: giving(same, { 'docker-content-digest': NO_DIGEST }),
      [`a ${what} under two digests`]: giving(same, { 'docker-content-digest': [NO_DIGEST, NO_DIGEST] }),
    }),
    ...lies('registry/unreachable', place, { [`a ${what} that comes a byte at a time`]: dripping() }),
    ...lies(
      'registry/protocol',
      place,
      Object.fromEntries(
        Object.entries(BOMBS).map(([encoding, bomb]) => [
          `a ${what} of 64 MB in ${encoding}`,
          giving(() => bomb, { 'content-encoding': encoding }),
        ]),
      ),
    ),
  ]),
  ...lies('blob/digest-mismatch', index, {
    'an index under the digest of another': giving(same, { 'docker-content-digest': NO_DIGEST }),
  }),
  ...lies('blob/size-mismatch', blob, {
    'a blob that is larger than the index says': giving((honest) => Buffer.concat([honest, Buffer.from(' ')])),
    'a blob that says it is a terabyte': (response) => {
      response.writeHead(200, { 'content-length': 2 ** 40 });
      endless(response, Buffer.alloc(1024));
    },
    'a blob without an end': pouring(),
  }),
  ...lies('registry/protocol', group, { 'a manifest without an end': pouring({ 'content-type': IMAGE_INDEX }) }),
  ...lies('registry/protocol', index, {
    'an index of more than a megabyte': giving((honest) => Buffer.concat([honest, Buffer.alloc(2 ** 20, ' ')])),
  }),
  ...lies('registry/protocol', blob, {
    'a blob in gzip that holds what was asked for': giving((honest) => gzipSync(honest), {
      'content-encoding': 'gzip',
    }),
  }),
  ...lies('registry/unreachable', index, {
    'a head that never comes': (_response, _honest, _asked, stage) => stage.expire(),
    'an error that comes a byte at a time': dripping({}, 500),
    'an error without an end': pouring({}, 500),
  }),
];

/** The answer to whoever asks for the rest: a part of the whole, said to be some other. */
const rest = (range: string, change: (rest: Buffer) => Buffer = same) =>
  cutting(giving((honest) => change(honest.subarray(10)), { 'content-range': range }, 206));
const restOf = (change: (rest: Buffer) => Buffer) =>
  cutting((response, honest, asked, stage) => {
    const range = `bytes 10-${honest.byteLength - 1}/${honest.byteLength}`;
    giving((all) => change(all.subarray(10)), { 'content-range': range }, 206)(response, honest, asked, stage);
  });

/** A registry cuts a blob short, and lies to whoever asks for the rest. */
export const OCI_RANGES: readonly OciLie[] = [
  ...lies('registry/protocol', blob, {
    'a part of what was asked for as a whole': giving((honest) => honest, { 'content-range': 'bytes 0-9/10' }, 206),
    'a rest from another place': rest('bytes 9-99/*'),
    'a rest from the beginning': rest('bytes 0-99/*'),
    'a rest from below zero': rest('bytes -10-99/*'),
    'a rest from no place': rest('bytes */100'),
    'a rest in another unit': rest('pages 10-99/*'),
    'a rest of another whole': rest('bytes 10-99/1000000'),
    'a rest without a place': cutting(giving((honest) => honest.subarray(10), {}, 206)),
    'a rest in several parts': cutting(giving((honest) => honest, { 'content-type': 'multipart/byteranges' }, 206)),
    'that there is no rest': cutting(giving(() => '', {}, 416)),
  }),
  ...lies('blob/digest-mismatch', blob, {
    'a rest with one flipped bit': restOf(flipped),
    'a rest without its last byte': restOf((bytes) => bytes.subarray(0, -1)),
    'a rest that is empty': restOf(() => Buffer.alloc(0)),
    'another whole in place of a rest': cutting(giving(flipped)),
  }),
  ...lies('blob/size-mismatch', blob, {
    'a rest that is longer': restOf((bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
    'a rest without an end': rest('bytes 10-99/*', () => Buffer.alloc(2 ** 20)),
  }),
  ...lies('registry/protocol', group, {
    'a rest of a manifest, which nobody asked for': (() => {
      let times = 0;
      const later = giving((honest) => honest.subarray(10), { 'content-range': 'bytes 10-99/*' }, 206);
      return (...args) => (times++ % 2 === 0 ? cut : later)(...args);
    })(),
  }),
  ...lies('registry/unreachable', blob, { 'a blob that is cut each time': cut }),
  ...lies('registry/unreachable', index, { 'an index that is cut each time': cut }),
];

const HEAD = `HTTP/1.1 200 OK\r\nContent-Type: ${MANIFEST}\r\n`;

/** A registry does not speak HTTP as it should. */
export const OCI_HTTP: readonly OciLie[] = [
  ...lies('registry/protocol', index, {
    'two lengths': raw(HEAD, 'Content-Length: 9\r\nContent-Length: 5\r\n\r\n', same),
    'a length and pieces': raw(HEAD, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'),
    'a length below zero': raw(HEAD, 'Content-Length: -5\r\n\r\n'),
    'a length of 2^64': raw(HEAD, 'Content-Length: 18446744073709551616\r\n\r\n'),
    'pieces that are no pieces': raw(HEAD, 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'),
    'pieces in gzip': raw(HEAD, 'Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n\x1f\x8b\r\n0\r\n\r\n'),
    'a greeting of another protocol': raw('SSH-2.0-OpenSSH_9.9\r\n'),
    'a head without an end': raw('HTTP/1.1 200 OK\r\n', `X-Padding: ${'x'.repeat(1000)}\r\n`.repeat(1000)),
    'a header with a line break in it': raw('HTTP/1.1 200 OK\r\nContent-Type: a\nb\r\n\r\n'),
    'a page of the time before heads': raw('<html>'),
    'a last word without an end': rawEndless(
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n0\r\n`,
      `X-Padding: ${'x'.repeat(4000)}\r\n`,
      { expires: false },
    ),
  }),
  ...lies('blob/digest-mismatch', blob, {
    'a length smaller than the body': raw('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', same),
  }),
  ...lies('registry/unreachable', index, {
    'a length larger than the body': raw(HEAD, 'Content-Length: 999999\r\n\r\n', same),
    'a change to another protocol': raw(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    ),
    'nothing, and the connection is cut': raw(),
    'to wait a little, for ever': rawEndless('', 'HTTP/1.1 100 Continue\r\n\r\n'),
    'hints, for ever': rawEndless('', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
    'a line of its own without an end': rawEndless('HTTP/1.1 200 ', 'x'.repeat(4096)),
    'a piece with a note without an end': rawEndless(`${HEAD}Transfer-Encoding: chunked\r\n\r\n1;a=`, 'x'.repeat(4096)),
  }),
];
