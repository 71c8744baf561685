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

  test('gives the code asked for', () => {
    expect(() => decode(schema, null, 'env/invalid')).toThrow(code('env/invalid'));
    expect(decode(schema, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
});
