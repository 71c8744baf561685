import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compute } from './compute.ts';

const ask = (request: unknown): Record<string, unknown> => JSON.parse(compute(JSON.stringify(request)));
const base64 = (size: number): string => Buffer.alloc(size, 1).toString('base64');
const refusal = (name = 'OperationError') => ({ error: { name, message: expect.any(String) } });

const VALID: Record<string, Record<string, unknown>> = {
  now: {},
  random: { bytes: 8 },
  digest: { hash: 'SHA-256', data: base64(3) },
  hmac: { hash: 'SHA-512', key: base64(9), data: base64(3) },
  'hmac-verify': { hash: 'SHA-256', key: base64(9), signature: base64(32), data: base64(3) },
  'aes-gcm-encrypt': { key: base64(32), iv: base64(12), aad: '', tagBits: 128, data: base64(3) },
  'ed25519-public': { seed: base64(32) },
  'ed25519-sign': { seed: base64(32), data: base64(3) },
  'ed25519-verify': { key: base64(32), signature: base64(64), data: base64(3) },
  hkdf: { hash: 'SHA-256', key: base64(9), salt: '', info: '', bytes: 40 },
  pbkdf2: { hash: 'SHA-256', key: base64(9), salt: base64(8), iterations: 3, bytes: 40 },
  url: { url: 'c', base: 'http://h/a/b' },
  'url-set': { url: 'http://h/', part: 'port', value: '81' },
};
const cases = Object.entries(VALID).map(([op, fields]) => ({ op, fields }));

describe('a computation', () => {
  test.each(cases)('$op is done', ({ op, fields }) => {
    expect(ask({ op, ...fields })).not.toHaveProperty('error');
  });

  test.each(cases)('$op with a field that nobody asked for is refused', ({ op, fields }) => {
    expect(ask({ op, ...fields, extra: 1 })).toEqual(refusal());
  });

  test.each(cases.flatMap(({ op, fields }) => Object.keys(fields).map((field) => ({ op, field, fields }))))(
    '$op with $field missing or of another kind is refused',
    ({ op, field, fields }) => {
      for (const wrong of [null, true, {}, [], ['a'], 1.5, -1, typeof fields[field] === 'number' ? '1' : 1]) {
        expect(ask({ op, ...fields, [field]: wrong }), String(wrong)).toHaveProperty('error');
      }
      const { [field]: _, ...rest } = fields;
      if (field !== 'base') expect(ask({ op, ...rest })).toHaveProperty('error');
    },
  );

  const texts = ['hash', 'url', 'base', 'part', 'value'];
  const binary = cases.flatMap(({ op, fields }) =>
    Object.keys(fields)
      .filter((field) => typeof fields[field] === 'string' && !texts.includes(field))
      .map((field) => ({ op, field, fields })),
  );
  test.each(binary)('$op takes bytes for $field in canonical base64 only', ({ op, field, fields }) => {
    for (const wrong of ['AQI', 'AQ=', 'AR==', 'A Q==', 'AQ==\n', '-_==', 'é', '=']) {
      expect(ask({ op, ...fields, [field]: wrong }), wrong).toEqual(refusal());
    }
  });
});

describe('the bounds', () => {
  test.each([
    ['random', { bytes: 65_537 }],
    ['hmac', { ...VALID['hmac'], key: base64(64 * 1024 + 1) }],
    ['digest', { hash: 'SHA-256', data: base64(12 * 2 ** 20 + 1) }],
    ['hkdf', { ...VALID['hkdf'], bytes: 16 * 1024 + 1 }],
    ['hkdf', { ...VALID['hkdf'], bytes: 255 * 32 + 1 }],
    ['pbkdf2', { ...VALID['pbkdf2'], iterations: 2_000_001 }],
    ['pbkdf2', { ...VALID['pbkdf2'], iterations: 2_000, bytes: 16 * 1024 * 2 }],
    ['pbkdf2', { ...VALID['pbkdf2'], iterations: 4_000, bytes: 16 * 1024 }],
    ['pbkdf2', { ...VALID['pbkdf2'], iterations: 1_000_001, bytes: 64 }],
    ['aes-gcm-encrypt', { ...VALID['aes-gcm-encrypt'], key: base64(20) }],
    ['aes-gcm-encrypt', { ...VALID['aes-gcm-encrypt'], tagBits: 8 }],
    ['aes-gcm-encrypt', { ...VALID['aes-gcm-encrypt'], iv: '' }],
    ['ed25519-sign', { seed: base64(31), data: '' }],
    ['ed25519-sign', { seed: base64(33), data: '' }],
    ['digest', { hash: 'MD5', data: '' }],
    ['digest', { hash: 'toString', data: '' }],
    ['url', { url: 'a'.repeat(256 * 1024 + 1), base: 'http://h/' }],
    ['url-set', { url: 'http://h/', part: 'href', value: 'http://other/' }],
    ['url-set', { url: 'http://h/', part: '__proto__', value: 'x' }],
  ])('refuse %s with %o', (op, fields) => {
    expect(ask({ op, ...fields })).toEqual(refusal());
  });

  test('refuse a request over 16 MiB before they parse it', () => {
    expect(JSON.parse(compute(' '.repeat(16 * 2 ** 20 + 1)))).toEqual(refusal());
  });

  test.each(['', '{', 'null', '[]', '1', '"now"', '{"op":1}', '{"op":null}', '{}', '{"op":"now","__proto__":1}'])(
    'refuse the request %s',
    (json) => {
      expect(JSON.parse(compute(json))).toEqual(refusal());
    },
  );

  test.each(['toString', '__proto__', 'constructor', 'exec', ''])('know no computation %j', (op) => {
    expect(ask({ op })).toEqual(refusal('NotSupportedError'));
  });

  test('hold for any request: an answer comes, and never an exception', () => {
    const op = fc.oneof(fc.constantFrom(...Object.keys(VALID)), fc.string());
    const field = fc.constantFrom(
      'hash',
      'data',
      'key',
      'iv',
      'aad',
      'tagBits',
      'bytes',
      'url',
      'part',
      'value',
      'seed',
    );
    const value = fc.oneof(
      fc.constantFrom('SHA-256', '', base64(16), base64(32), 1, 128),
      fc.jsonValue({ maxDepth: 1 }),
    );
    fc.assert(
      fc.property(op, fc.dictionary(field, value), (name, fields) => {
        const answer = ask({ op: name, ...fields });
        expect(typeof answer === 'object' && answer !== null).toBe(true);
      }),
    );
  });
});

describe('an answer', () => {
  test('about a URL that is none says so as a TypeError', () => {
    expect(ask({ op: 'url', url: 'relative' })).toEqual({ error: { name: 'TypeError', message: 'Invalid URL' } });
  });

  test('to a failure of the platform does not repeat what the platform says', () => {
    const sealed = { ...VALID['aes-gcm-encrypt'], data: base64(40) };
    expect(ask({ op: 'aes-gcm-decrypt', ...sealed })).toEqual({
      error: { name: 'OperationError', message: 'The computation failed.' },
    });
  });

  test('of random bytes differs each time', () => {
    const answers = Array.from({ length: 100 }, () => ask({ op: 'random', bytes: 16 })['data']);
    expect(new Set(answers).size).toBe(100);
    expect(ask({ op: 'random', bytes: 0 })).toEqual({ data: '' });
  });

  test('of the clock is whole milliseconds', () => {
    const { now } = ask({ op: 'now' });
    expect(Number.isInteger(now)).toBe(true);
  });
});
