import { GreenticError } from '@greentic/core';

/** Bytes of a block: a header, or a part of a file. */
export const BLOCK_BYTES = 512;

/** One header of a tar, in the interchange format of POSIX.1-1988 (`ustar`) or as GNU tar writes it. */
export interface TarHeader {
  readonly type: string;
  /** The path as the header spells it. */
  readonly name: string;
  /** Bytes of content that follow. */
  readonly size: number;
}

/** Refuses an archive. */
export function invalidArchive(message: string): GreenticError {
  return new GreenticError('registry/archive-invalid', message);
}

/** Decodes one header. Throws `registry/archive-invalid` for a block that is none. */
export function decodeHeader(block: Uint8Array): TarHeader {
  const bytes = Buffer.from(block.buffer, block.byteOffset, BLOCK_BYTES);
  const magic = bytes.toString('latin1', 257, 265);
  const isGnu = magic === 'ustar  \0';
  if (!isGnu && magic !== 'ustar\x0000') throw invalidArchive('The archive is no uncompressed tar, or is cut off.');
  if (checksumOf(bytes) !== octal(bytes, 148, 156)) throw invalidArchive('A header of the archive is damaged.');
  // GNU tar keeps times where the other format has the first part of the path.
  const prefix = isGnu ? '' : text(bytes, 345, 500);
  const name = text(bytes, 0, 100);
  return {
    type: bytes.toString('latin1', 156, 157),
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: octal(bytes, 124, 136),
  };
}

/** Whether a block is all zeros: two of them end an archive. */
export function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** One file of a tar: its headers, its bytes, and the padding after them. */
export function encodeFile(name: string, bytes: Uint8Array): Uint8Array {
  const long = Buffer.byteLength(name) > 100;
  const parts = [encodeHeader(long ? name.slice(-100) : name, '0', bytes.byteLength), padded(bytes)];
  if (!long) return Buffer.concat(parts);
  const record = Buffer.from(paxRecord('path', name));
  return Buffer.concat([encodeHeader('pax', 'x', record.byteLength), padded(record), ...parts]);
}

/** What ends a tar. */
export function encodeEnd(): Uint8Array {
  return new Uint8Array(2 * BLOCK_BYTES);
}

/** A header without owner and time, so that equal content gives equal bytes. */
export function encodeHeader(name: string, type: string, size: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(type, 156, 1, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A record of a pax header: its length, counted with itself, then the key and the value. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(`${length}${rest}`) !== length) length++;
  return `${length}${rest}`;
}

/** Bytes up to the next whole block. */
export function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.byteLength % BLOCK_BYTES;
  return rest === 0 ? bytes : Buffer.concat([bytes, new Uint8Array(BLOCK_BYTES - rest)]);
}

/** Sum of a header's bytes, the sum's own field taken as blanks. */
function checksumOf(block: Uint8Array): number {
  return block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function octal(bytes: Buffer, from: number, to: number): number {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(bytes.toString('latin1', from, to))?.[1];
  if (digits === undefined) throw invalidArchive('A number in a header of the archive is malformed.');
  return Number.parseInt(digits, 8);
}

function text(bytes: Buffer, from: number, to: number): string {
  const field = bytes.toString('latin1', from, to);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}
