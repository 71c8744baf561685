import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { opensRevision, signRevisionToken } from './revision-token.ts';
import { assertKeys, type CookieKeys, seal, unseal } from './signing-key.ts';
import { testKey } from './testbed.ts';

const invalid = expect.objectContaining({ code: 'runtime/config-invalid' });
const keys = [testKey('k1', 1), testKey('k2', 2)];

describe('the keys of a router', () => {
  const { key } = testKey('k');

  test.each<[string, CookieKeys]>([
    ['none', []],
    ['nine', Array.from({ length: 9 }, (_, i) => testKey(`k${i}`))],
    ['two of one name', [testKey('k'), testKey('k', 9)]],
    ['one without a name', [{ kid: '', key }]],
    ['one with a dot in its name', [{ kid: 'a.b', key }]],
    ['one with a line end in its name', [{ kid: 'a\n', key }]],
    ['one with a long name', [{ kid: 'k'.repeat(17), key }]],
    ['one of 31 bytes', [{ kid: 'k', key: key.slice(1) }]],
    ['one of 33 bytes', [{ kid: 'k', key: new Uint8Array(33) }]],
    ['a sound one and a short one', [testKey('a'), { kid: 'b', key: new Uint8Array(16) }]],
  ])('are refused with runtime/config-invalid when there are %s', (_what, given) => {
    expect(() => assertKeys(given)).toThrow(invalid);
  });

  test.each([1, 8])('may be %i', (count) => {
    expect(() => assertKeys(Array.from({ length: count }, (_, i) => testKey(`K_-${i}`)))).not.toThrow();
  });

  test('sign nothing when there are none', () => {
    expect(() => seal([], 'cookie', 'payload')).toThrow(invalid);
  });
});

describe('what is sealed', () => {
  const payload = fc.stringMatching(/^[A-Za-z0-9_-]{0,60}$/);

  test('opens for its purpose with any key that is still there, and gives its payload back', () => {
    fc.assert(
      fc.property(payload, fc.constantFrom('cookie', 'token' as const), (text, purpose) => {
        const sealed = seal(keys, purpose, text);
        expect(sealed.split('.')).toHaveLength(3);
        expect(unseal([testKey('k0'), ...keys], purpose, sealed)).toBe(text);
        expect(unseal(keys, purpose === 'cookie' ? 'token' : 'cookie', sealed)).toBeUndefined();
        expect(unseal(keys.slice(1), purpose, sealed)).toBeUndefined();
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('does not open once one character of it is another', () => {
    const sealed = seal(keys, 'cookie', 'eyJyIjoxfQ');
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom(...'AZaz09-_.=+/ \u0000'), (at, other) => {
        fc.pre(sealed[at] !== other);
        expect(unseal(keys, 'cookie', sealed.slice(0, at) + other + sealed.slice(at + 1))).toBeUndefined();
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  test.each([
    ['nothing', ''],
    ['no signature', 'payload.k1'],
    ['an empty signature', 'payload.k1.'],
    ['a signature that is too short', `payload.k1.${'A'.repeat(42)}`],
    ['a key nobody has', seal([testKey('k9')], 'cookie', 'payload')],
    ['a key that every object has', seal(keys, 'cookie', 'payload').replace('.k1.', '.constructor.')],
    ['more behind it', `${seal(keys, 'cookie', 'payload')}.more`],
    ['a signature in the other base64', `${seal(keys, 'cookie', 'payload')}=`],
    ['the name of another key of ours', seal(keys, 'cookie', 'payload').replace('.k1.', '.k2.')],
  ])('does not open with %s', (_what, sealed) => {
    expect(unseal(keys, 'cookie', sealed)).toBeUndefined();
  });

  test('by a key of the same bytes under another name is another key’s', () => {
    const [, , signature] = seal([testKey('a')], 'cookie', 'payload').split('.');
    expect(unseal([testKey('b')], 'cookie', `payload.b.${signature}`)).toBeUndefined();
  });
});

describe('a token for a revision', () => {
  const scope = { deployment: 'shop.acme', revision: 'shop.acme.1' };
  const now = new Date('2026-01-01T00:00:30.000Z');
  const at = (minutes: number) => now.getTime() + minutes * 60_000;
  const opens = (token: string, minutes: number, of = scope) => opensRevision(keys, of, token, at(minutes));

  test.each([
    ['one minute when asked for less', 0, 1],
    ['one minute', 1, 1],
    ['ten minutes unless told', undefined, 10],
    ['59 minutes when asked for an hour', 60, 59],
    ['59 minutes when asked for a day', 1440, 59],
  ])('lives for %s', (_what, minutes, lives) => {
    const token = signRevisionToken(keys, scope, minutes === undefined ? { now } : { now, minutes });
    expect(opens(token, 0)).toBe(true);
    expect(opens(token, lives)).toBe(true);
    expect(opens(token, lives + 1)).toBe(false);
  });

  test('opens neither another revision nor another deployment', () => {
    const token = signRevisionToken(keys, scope, { now });
    expect(opens(token, 0, { ...scope, revision: 'shop.acme.11' })).toBe(false);
    expect(opens(token, 0, { ...scope, deployment: 'shop.rival' })).toBe(false);
    // Joined, both would read the same.
    expect(opens(token, 0, { deployment: 'shop.acmeshop', revision: '.acme.1' })).toBe(false);
  });

  test('of a clock that runs an hour ahead was not made by us', () => {
    const token = signRevisionToken(keys, scope, { now: new Date(at(120)) });
    expect(opens(token, 0)).toBe(false);
    expect(opens(token, 121)).toBe(true);
  });

  test.each(['', 'x', '0.k1.A', '01.k1.', `1e9.k1.${'A'.repeat(43)}`, `${'9'.repeat(13)}.k1.${'A'.repeat(43)}`])(
    'is not %j',
    (token) => {
      expect(opens(token, 0)).toBe(false);
    },
  );

  test('does not live longer for another expiry before its signature', () => {
    const token = signRevisionToken(keys, scope, { now, minutes: 1 });
    const [expiry = '', ...rest] = token.split('.');
    expect(opens([Number(expiry) + 30, ...rest].join('.'), 5)).toBe(false);
  });
});
