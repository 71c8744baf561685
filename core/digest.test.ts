import { describe, expect, test } from 'vitest';
import { assertDigest, Digest, digestOf, hexOf } from './digest.ts';

// FIPS 180-2, appendix B.
const ABC = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('a digest', () => {
  test('is SHA-256, of bytes as of their UTF-8 text', () => {
    expect(digestOf('abc')).toBe(ABC);
    expect(digestOf(new Uint8Array())).toBe(EMPTY);
    expect(digestOf('é')).toBe(digestOf(Buffer.from([0xc3, 0xa9])));
    expect(hexOf(Digest.parse(ABC))).toBe(ABC.slice(7));
  });

  test('of a view is that of the bytes in view', () => {
    const bytes = Buffer.from('xabcx');
    expect(digestOf(bytes.subarray(1, 4))).toBe(ABC);
  });

  test.each([
    '',
    'abc',
    ABC.slice(7),
    ABC.toUpperCase(),
    `sha512:${'a'.repeat(64)}`,
    `${ABC}0`,
    ABC.slice(0, -1),
    ` ${ABC}`,
    `${ABC}\n`,
  ])('is not %j', (text) => {
    expect(Digest.safeParse(text).success).toBe(false);
  });

  test('that bytes do not have is refused, with the code that fits and both digests', () => {
    const data = Buffer.from('abc');
    const expected = Digest.parse(EMPTY);
    expect(assertDigest(data, Digest.parse(ABC), 'The blob')).toBe(data);
    expect(() => assertDigest(data, expected, 'The blob')).toThrow(
      expect.objectContaining({ code: 'blob/digest-mismatch', details: { expected: EMPTY, actual: ABC } }),
    );
    expect(() => assertDigest(data, expected, 'The lock', 'lock/mismatch')).toThrow(
      expect.objectContaining({ code: 'lock/mismatch', message: expect.stringMatching(/^The lock /) }),
    );
  });
});
