import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BLOCK_BYTES,
  decodeHeader,
  encodeEnd,
  encodeFile,
  encodeHeader,
  isZero,
  padded,
  paxRecord,
} from './tar-header.ts';

const names = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', '.', '-', '_', '/', ' '),
  minLength: 1,
  maxLength: 100,
});
const code = expect.objectContaining({ code: 'registry/archive-invalid' });

/** A header with some of it overwritten and its sum put right again. */
function forged(at: number, field: string): Buffer {
  const block = encodeHeader('a', '0', 5);
  block.write(field, at, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

describe('a header', () => {
  test('says what was put in', () => {
    fc.assert(
      fc.property(names, fc.constantFrom('0', '5', 'x', 'L'), fc.nat({ max: 0o77777777777 }), (name, type, size) => {
        expect(decodeHeader(encodeHeader(name, type, size))).toEqual({ name, type, size });
      }),
      { numRuns: 500 },
    );
  });

  test('with any bit of any byte changed is refused, unless its sum says the same', () => {
    const sound = encodeHeader('tuf/timestamp.json', '0', 1234);
    fc.assert(
      fc.property(fc.nat({ max: BLOCK_BYTES - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const block = Buffer.from(sound);
        block[at] = (block[at] ?? 0) ^ (1 << bit);
        let read: unknown;
        try {
          read = decodeHeader(block);
        } catch (error) {
          expect(error).toEqual(code);
          return;
        }
        expect(read).toEqual(decodeHeader(sound));
      }),
      { numRuns: 1000 },
    );
  });

  test('has the first part of a long path before the rest, and GNU’s, which has times there, has not', () => {
    expect(decodeHeader(forged(345, 'some/folder')).name).toBe('some/folder/a');
    const gnu = forged(345, '14000000000\0').subarray();
    gnu.write('ustar  \0', 257, 'latin1');
    gnu.fill(' ', 148, 156);
    const sum = gnu.reduce((total, byte) => total + byte, 0);
    gnu.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect(decodeHeader(gnu).name).toBe('a');
  });

  test.each([
    ['with zeros before', '00000000005\0'],
    ['with blanks before', '          5\0'],
    ['with a blank behind', '00000000005 '],
    ['without an end', '000000000005'],
  ])('has its size %s', (_, field) => {
    expect(decodeHeader(forged(124, field)).size).toBe(5);
  });

  test.each([
    ['in decimals above seven', '00000000008\0'],
    ['in hex', '0x5\0\0\0\0\0\0\0\0\0'],
    ['with a sign', '-0000000005\0'],
    ['in two', '0000 000005\0'],
    ['with half', '000000005.0\0'],
    ['of nothing', '\0\0\0\0\0\0\0\0\0\0\0\0'],
    ['of blanks', '            '],
    ['with something behind its end', '000005\0aaaaa'],
  ])('whose size is written %s is refused', (_, field) => {
    expect(() => decodeHeader(forged(124, field))).toThrow(code);
  });

  test.each(['ustar\x0001', 'USTAR\x0000', 'ustar  0', '\0\0\0\0\0\0\0\0'])('of the format %j is refused', (magic) => {
    expect(() => decodeHeader(forged(257, magic))).toThrow(code);
  });
});

describe('a record of an extended header', () => {
  test('begins with its own length in bytes, however many digits that has', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (value) => {
        const record = paxRecord('path', value);
        const [length] = record.split(' ');
        expect(Number(length)).toBe(Buffer.byteLength(record));
        expect(record.slice((length ?? '').length)).toBe(` path=${value}\n`);
      }),
      { numRuns: 500 },
    );
  });

  test.each([9, 10, 99, 100, 101, 999, 1000])('of about %d bytes counts the digit that its length brings', (about) => {
    for (let size = Math.max(0, about - 12); size <= about; size++) {
      const record = paxRecord('k', 'x'.repeat(size));
      expect(record).toHaveLength(Number.parseInt(record, 10));
    }
  });
});

describe('a file', () => {
  test('fills whole blocks, and its bytes come after its last header', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1100 }), fc.integer({ min: 1, max: 300 }), (size, length) => {
        const bytes = Buffer.alloc(size, 7);
        const file = Buffer.from(encodeFile('n'.repeat(length), bytes));
        expect(file.byteLength % BLOCK_BYTES).toBe(0);
        const headers = length > 100 ? 3 : 1;
        expect(file.byteLength).toBe(headers * BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES);
        const content = file.subarray(headers * BLOCK_BYTES);
        expect(content.subarray(0, size).equals(bytes)).toBe(true);
        expect(content.subarray(size).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  test('has its whole name, by an extended header when it is longer than a header holds', () => {
    expect(decodeHeader(encodeFile('n'.repeat(100), Buffer.alloc(0)))).toMatchObject({
      type: '0',
      name: 'n'.repeat(100),
    });
    const long = Buffer.from(encodeFile('n'.repeat(101), Buffer.alloc(0)));
    expect(decodeHeader(long).type).toBe('x');
    expect(long.toString('latin1', BLOCK_BYTES, 2 * BLOCK_BYTES)).toContain(`path=${'n'.repeat(101)}\n`);
  });

  test('of whole blocks is not padded', () => {
    expect(padded(Buffer.alloc(BLOCK_BYTES))).toHaveLength(BLOCK_BYTES);
    expect(padded(Buffer.alloc(0))).toHaveLength(0);
  });
});

test('two blocks of zeros end an archive, and no header is taken for one', () => {
  expect(encodeEnd()).toHaveLength(2 * BLOCK_BYTES);
  expect(isZero(encodeEnd())).toBe(true);
  expect(isZero(encodeHeader('', '0', 0))).toBe(false);
  expect(() => decodeHeader(encodeEnd())).toThrow(code);
});
