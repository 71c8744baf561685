import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { canonicalize, decode, parseJson } from './json.ts';

const code = (value: string) => expect.objectContaining({ code: value });

describe('canonicalize', () => {
  test('sorts keys as RFC 8785 does, by UTF-16 units', () => {
    expect(canonicalize({ b: 1, a: [true, null, 'é'], '\u{1F600}': 1, '\uFB33': 2 })).toBe(
      '{"a":[true,null,"é"],"b":1,"\u{1F600}":1,"\uFB33":2}',
    );
  });

  test('is a fixed point of parsing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value);
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
    );
  });

  test('refuses what JSON cannot hold', () => {
    expect(() => canonicalize(undefined)).toThrow(code('input/invalid'));
    for (const value of ['\ud800', { '\udc00': 1 }, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => canonicalize({ value })).toThrow(code('input/invalid'));
      expect(() => canonicalize({ value }, 'lock/invalid')).toThrow(code('lock/invalid'));
    }
  });
});

describe('parseJson', () => {
  test('parses what JSON.parse parses, from text and from bytes', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parse = (source: string | Uint8Array) => parseJson(source, { maxBytes: 1e6 });
        fc.pre(!text.includes('__proto__'));
        expect(parse(text)).toEqual(JSON.parse(text));
        expect(parse(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test.each([
    ['too many bytes', `"${'x'.repeat(100)}"`, 101],
    ['too deep', `${'['.repeat(65)}${']'.repeat(65)}`, 1000],
    ['a prototype key', '{"a":{"__proto__":1}}', 1000],
    ['a prototype key in escapes', '{"\\u005f_proto__":1}', 1000],
    ['no JSON', '{a:1}', 1000],
    ['a trailing comma', '[1,]', 1000],
  ])('refuses %s with the code given', (_name, text, maxBytes) => {
    expect(() => parseJson(text, { maxBytes, code: 'lock/invalid' })).toThrow(code('lock/invalid'));
  });

  test('counts the bytes of a text, not its characters', () => {
    expect(parseJson('"€€"', { maxBytes: 8 })).toBe('€€');
    for (const source of ['"€€"', Buffer.from('"€€"')])
      expect(() => parseJson(source, { maxBytes: 7 })).toThrow(code('input/invalid'));
  });

  test('any text is parsed within the limits, or refused with the code: nothing else comes out', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '1',
      'a',
      '"a"',
      '"__proto__"',
      'null',
      '\u2028',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(40), (pieces, maxBytes) => {
        const text = pieces.join('');
        try {
          const value = parseJson(text, { maxBytes, code: 'lock/invalid' });
          expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        } catch (error) {
          expect(error).toEqual(code('lock/invalid'));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('64 levels are parsed and 65 refused, of arrays, of objects and of both', () => {
    const nested = (open: string, close: string, inner: string, depth: number) =>
      open.repeat(depth) + inner + close.repeat(depth);
    const parse = (text: string) => () => parseJson(text, { maxBytes: 10_000 });
    for (const [open, close, inner] of [
      ['[', ']', ''],
      ['{"a":', '}', '1'],
    ] as const) {
      expect(parse(nested(open, close, inner, 64))).not.toThrow();
      expect(parse(nested(open, close, inner, 65))).toThrow(code('input/invalid'));
    }
    expect(parse(nested('[{"a":', '}]', '1', 32))).not.toThrow();
    expect(parse(nested('[{"a":', '}]', '1', 33))).toThrow(code('input/invalid'));
  });

  test.each([
    ['at the top', '{"a":1,"a":2}'],
    ['with the same value', '{"a":1,"a":1}'],
    ['with others between', '{"a":1,"b":2,"c":{},"a":3}'],
    ['in another spelling', '{"a":1,"\\u0061":2}'],
    ['that is empty', '{"":1,"":2}'],
    ['that is a number', '{"1":1,"1":2}'],
    ['that is a colon', '{":":1,":":2}'],
    ['inside a list', '[0,[{"b":{"a":[],"a":[]}}]]'],
    ['inside the one that is dropped', '{"a":{"b":1,"b":2},"a":{}}'],
    ['three times', '{"a":1,"a":2,"a":3}'],
  ])('a key twice is refused %s, as readers differ in which they believe', (_name, text) => {
    for (const source of [text, Buffer.from(text)]) {
      const parse = () => parseJson(source, { maxBytes: 100, code: 'trust/envelope-invalid' });
      expect(parse).toThrow(code('trust/envelope-invalid'));
      expect(parse).toThrow(/names a member twice/);
    }
  });

  test('any object with any of its keys once more is refused, wherever it stands', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1, maxKeys: 5, noNullPrototype: true });
    fc.assert(
      fc.property(
        objects,
        fc.nat(),
        fc.constantFrom('?', '[?]', '{"x":?}', '[[0],{"y":[?]}]'),
        (object, at, around) => {
          fc.pre(!JSON.stringify(object).includes('__proto__'));
          const keys = Object.keys(object);
          const again = JSON.stringify({ [keys[at % keys.length] ?? '']: 0 }).slice(1);
          const text = around.replace('?', () => `${JSON.stringify(object).slice(0, -1)},${again}`);
          expect(() => parseJson(text, { maxBytes: 1e6 })).toThrow(/names a member twice/);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('one key in several objects is no key twice, and neither are keys that only look alike', () => {
    for (const text of [
      '[{"a":1},{"a":{"a":{"a":[]}}}]',
      '{"a":1,"A":2,"a ":3}',
      '{"a:":"b:c","a":":"}',
      '{"\\\\":":"}',
    ])
      expect(parseJson(text, { maxBytes: 100 })).toEqual(JSON.parse(text));
  });

  test('brackets inside strings do not count as depth', () => {
    expect(parseJson(`"${'['.repeat(80)}"`, { maxBytes: 100 })).toBe('['.repeat(80));
    expect(parseJson('"\\"[[["', { maxBytes: 100 })).toBe('"[[[');
  });

  test('bytes that are not UTF-8 are refused rather than replaced', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { maxBytes: 100 })).toThrow(code('input/invalid'));
    expect(() => parseJson(Buffer.from('\ufeff{}'), { maxBytes: 100 })).toThrow(code('input/invalid'));
  });
});

describe('decode', () => {
  const schema = z.strictObject({ a: z.strictObject({ b: z.int() }) });

  test('names the path of what is wrong', () => {
    expect(() => decode(schema, { a: { b: 'x' } })).toThrow(/a\.b: /);
    expect(() => decode(schema, { a: { b: 1, c: 2 } })).toThrow(/Unrecognized key: "c"/);
  });

  test('says no more than 300 characters of each of five wrong fields, however long a stranger’s keys are', () => {
    const wide = z.record(z.string(), z.int());
    const value = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}${'k'.repeat(10_000)}`, 'x']));
    for (const attempt of [() => decode(wide, value), () => decode(schema, value)]) {
      expect(attempt).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{20,1700}$/s) }));
      expect(attempt).toThrow(code('input/invalid'));
    }
  });

  test('gives the code asked for', () => {
    expect(() => decode(schema, null, 'env/invalid')).toThrow(code('env/invalid'));
    expect(decode(schema, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
});
