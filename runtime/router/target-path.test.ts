import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTarget } from './target-path.ts';

const invalid = expect.objectContaining({ code: 'input/invalid' });

describe('a request target', () => {
  test.each([
    ['/', '/', '/', undefined],
    ['/a/b?c=d', '/a/b?c=d', '/a/b', undefined],
    ['/a?b?c', '/a?b?c', '/a', undefined],
    ['/?', '/?', '/', undefined],
    ['/a//b', '/a//b', '/a//b', undefined],
    ['/a...b/.../..c/d..', '/a...b/.../..c/d..', '/a...b/.../..c/d..', undefined],
    ['/?next=/../x\\y', '/?next=/../x\\y', '/', undefined],
    ['http://other.example', '/', '/', 'other.example'],
    ['HTTPS://Other.Example:8443/x?y', '/x?y', '/x', 'Other.Example:8443'],
    ['http://[::1]:80/', '/', '/', '[::1]:80'],
  ])('%s is forwarded as %s and matched as %s', (url, target, path, host) => {
    expect(readTarget(url)).toEqual({ host, target, path, reserved: false });
  });

  test.each([
    ['nothing', ''],
    ['an asterisk', '*'],
    ['a host alone', 'shop.example:443'],
    ['another scheme', 'ftp://shop.example/'],
    ['a user before the host', 'http://shop.example@other.example/'],
    ['no host', 'http:///x'],
    ['a query right behind the host', 'http://shop.example?x'],
    ['a space in an absolute target', 'http://shop.example/a b'],
    ['a step up', '/a/../b'],
    ['a step up at the end', '/a/..'],
    ['a step up before a query', '/a/..?b'],
    ['a step that leads nowhere', '/a/./b'],
    ['a step up, half of it escaped', '/a/.%2E/b'],
    ['a step up, all of it escaped', '/%2e%2e/b'],
    ['a backslash', '/a\\..\\b'],
    ['what a URL parser reads as a host', '//other.example/x'],
    ['the same in an absolute target', 'http://shop.example//other.example/x'],
    ['a fragment', '/a#b'],
  ])('that is %s is refused with input/invalid', (_what, url) => {
    expect(() => readTarget(url)).toThrow(invalid);
  });

  test('that is not refused means the same path to a URL parser', () => {
    const part = fc.constantFrom('/', 'a', '.', '..', '%2e', '%2E', '\\', '//', '?', 'b%20c', '~', 'http://x');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const url = `/${parts.join('')}`;
        let read: ReturnType<typeof readTarget>;
        try {
          read = readTarget(url);
        } catch {
          return;
        }
        expect(new URL(read.target, 'http://shop.example').pathname).toBe(read.path);
        expect(new URL(read.target, 'http://shop.example').host).toBe('shop.example');
      }),
      { seed: 5, numRuns: 2000 },
    );
  });
});

describe('the corner that is not the workers’', () => {
  const spellings = [
    '/.well-known/greentic',
    '/.well-known/greentic/health',
    '/.well-known/greentic/worker?nonce=x',
    '/.Well-Known/GREENTIC/worker',
    '/%2ewell-known/greentic/worker',
    '/.well-known%2Fgreentic/worker',
    '/.well-known//greentic/worker',
    '/.well%2dknown/gr%65entic/worker',
    'http://shop.example/.well-known/greentic/worker',
    // What a worker finds behind a prefix it strips.
    '/shop%2f.well-known/greentic/worker',
  ];

  test.each(spellings)('is found in %s', (url) => {
    expect(readTarget(url).reserved).toBe(true);
  });

  test.each([
    '/',
    '/.well-known/acme-challenge/x',
    '/well-known/greentic',
    '/greentic/worker',
    '/%zz%2',
    '/?a=/.well-known/greentic',
  ])('is not found in %s', (url) => {
    expect(readTarget(url).reserved).toBe(false);
  });

  test('is found however its letters are escaped', () => {
    const letters = [...'/.well-known/greentic/worker'];
    const escaped = fc.tuple(...letters.map(() => fc.constantFrom('plain', 'lower', 'upper')));
    fc.assert(
      fc.property(escaped, (how) => {
        const spelt = letters.map((letter, i) => {
          if (i === 0 || how[i] === 'plain') return letter;
          const hex = letter.charCodeAt(0).toString(16);
          return `%${how[i] === 'upper' ? hex.toUpperCase() : hex}`;
        });
        expect(readTarget(spelt.join('')).reserved).toBe(true);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
