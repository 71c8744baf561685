import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Of, Tenant, utf8Text } from './method.ts';

describe('a text of so many bytes', () => {
  test('is accepted exactly when it is well-formed and has as many of UTF-8, not of characters', () => {
    const units = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(units, fc.nat({ max: 20 }), fc.nat({ max: 20 }), (text, most, least) => {
        const bytes = Buffer.byteLength(text);
        const expected = text.isWellFormed() && bytes >= least && bytes <= most;
        expect(utf8Text(most, least).safeParse(text).success).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['\ud800', 'a\udfff', '\udc00\ud800'])(
    'is refused with half a character, as nobody could store %j',
    (text) => {
      expect(utf8Text(100).safeParse(text).success).toBe(false);
    },
  );
});

describe('base64 of so many bytes', () => {
  test('is accepted up to that number and not one byte above, wherever padding begins', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 40 }), (bytes, most) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(base64Of(most).safeParse(text).success).toBe(bytes.byteLength <= most);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['A', 'AAA', '*AAA', 'AA=A', 'AAAA\n', ' AAAA', '-_-_', 'AA AA'])('is refused when it is %j', (text) => {
    expect(base64Of(100).safeParse(text).success).toBe(false);
  });
});

test.each([
  ['acme', true],
  ['_env', true],
  ['a', true],
  ['a'.repeat(40), true],
  ['a'.repeat(41), false],
  ['_envy', false],
  ['_', false],
  ['', false],
  ['1a', false],
  ['Acme', false],
  ['acme\n', false],
  ['acme/x', false],
  ['constructor.prototype', false],
])('%j is a tenant: %s', (tenant, expected) => {
  expect(Tenant.safeParse(tenant).success).toBe(expected);
});
