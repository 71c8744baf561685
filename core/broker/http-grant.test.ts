import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grantFor, type HttpGrant, matchesPath } from './http-grant.ts';

const denied = expect.objectContaining({ code: 'permission/denied' });

const grant: HttpGrant = {
  kind: 'http',
  binding: 'api',
  origins: ['https://api.example.com'],
  methods: ['GET', 'POST'],
  paths: ['/v1/**'],
};
const ask = (path: string, { method = 'GET', binding = 'api', grants = [grant] } = {}) =>
  grantFor(grants, method, new URL(path, 'https://api.example.com'), binding);

describe('a path pattern', () => {
  test.each([
    ['/', '/', true],
    ['/', '/a', false],
    ['/v1', '/v1', true],
    ['/v1', '/v1/', false],
    ['/v1', '/v1x', false],
    ['/v1', '/V1', false],
    ['/v1/*', '/v1/a', true],
    ['/v1/*', '/v1/', false],
    ['/v1/*', '/v1', false],
    ['/v1/*', '/v1/a/b', false],
    ['/v1/*/x', '/v1/a/x', true],
    ['/v1/*/x', '/v1//x', false],
    ['/v1/**', '/v1', true],
    ['/v1/**', '/v1/', true],
    ['/v1/**', '/v1/a/b/c', true],
    ['/v1/**', '/v10/a', false],
    ['/v1/**', '/', false],
    ['/**', '/', true],
    ['/**', '/a/b', true],
    // Only the last segment may stand for more than one.
    ['/**/x', '/a/b/x', false],
    ['/**/x', '/a/x', false],
    ['/a.c', '/abc', false],
  ])('%s and the path %s: %s', (pattern, path, matches) => {
    expect(matchesPath(pattern, path)).toBe(matches);
  });

  test('matches what its regular expression matches', () => {
    const sources: Record<string, string> = { a: 'a', b: 'b', 'a.b': 'a\\.b', '*': '[^/]+' };
    const pattern = fc.tuple(
      fc.array(fc.constantFrom('a', 'b', 'a.b', '*'), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '/**'),
    );
    const path = fc.array(fc.constantFrom('a', 'b', 'a.b', 'axb', ''), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(pattern, path, ([parts, rest], given) => {
        const source = parts.map((part) => `/${sources[part]}`).join('') + (rest === '' ? '' : '(?:/.*)?');
        const text = `/${given.join('/')}`;
        expect(matchesPath(`/${parts.join('/')}${rest}`, text)).toBe(new RegExp(`^${source}$`).test(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the grant of a request', () => {
  test('is the one of its binding', () => {
    const other = { ...grant, binding: 'other' };
    expect(ask('/v1/x', { binding: 'other', grants: [grant, other] })).toBe(other);
  });

  test('is any that covers it when no binding was named', () => {
    expect(grantFor([grant], 'GET', new URL('https://api.example.com/v1/x'))).toBe(grant);
  });

  test.each([
    ['another path', '/v2/x', {}],
    ['another method', '/v1/x', { method: 'DELETE' }],
    ['a method in another case', '/v1/x', { method: 'get' }],
    ['another binding', '/v1/x', { binding: 'other' }],
    ['another scheme', 'http://api.example.com/v1/x', {}],
    ['another port', 'https://api.example.com:8443/v1/x', {}],
    ['a longer host', 'https://api.example.com.evil.com/v1/x', {}],
    ['a host with a final dot', 'https://api.example.com./v1/x', {}],
    ['a user', 'https://me@api.example.com/v1/x', {}],
    ['a password', 'https://:secret@api.example.com/v1/x', {}],
    ['a step up', '/v1/../v2/x', {}],
    ['an encoded step up', '/v1/%2e%2e/v2/x', {}],
    ['no grant at all', '/v1/x', { grants: [] }],
  ])('does not cover %s', (_, path, options) => {
    expect(() => ask(path, options)).toThrow(denied);
  });

  test.each([
    ['an encoded slash', '/v1/..%2fadmin'],
    ['an encoded slash in capitals', '/v1/..%2Fadmin'],
    ['an encoded backslash', '/v1/..%5cadmin'],
    ['an encoded zero', '/v1/a%00.txt'],
    ['an empty segment', '/v1//admin'],
    ['a dot encoded twice', '/v1/%252e%252e/admin'],
    ['a slash encoded three times', '/v1/a%25252fb'],
    ['a step up with parameters', '/v1/..;/admin'],
    ['a step up with encoded parameters', '/v1/..%3bx=1/admin'],
    ['a step to the same place with parameters', '/v1/.;x/admin'],
  ])('does not cover %s: server and host could read it differently', (_, path) => {
    expect(() => ask(path)).toThrow(denied);
  });

  test('covers harmless encodings, parameters and dots', () => {
    for (const path of ['/v1/a%20b', '/v1/a;b=c', '/v1/..a', '/v1/100%25', '/v1/%C3%A9']) expect(ask(path)).toBe(grant);
  });

  test('a refusal says what was asked, but not the query, which may hold data', () => {
    expect(() => ask('/v2/x?token=abc')).toThrow(
      expect.objectContaining({ message: 'No grant covers GET https://api.example.com/v2/x.' }),
    );
  });
});
