import { describe, expect, test } from 'vitest';
import { Grant, Origin, PathPattern, PermissionRequest, permissionKey } from './permission.ts';

const reason = 'Needed for the test.';
const http = { kind: 'http', binding: 'api', origins: ['https://a.example.com'], methods: ['GET'], paths: ['/v1/*'] };

describe('an origin', () => {
  test.each([
    'https://a.example.com',
    'https://a.example.com:8443',
    'https://[2001:db8::1]',
    'http://localhost:8080',
    'http://127.0.0.1:8080',
    'http://[::1]:8080',
  ])('is %s', (origin) => {
    expect(Origin.parse(origin)).toBe(origin);
  });

  test.each([
    '',
    'a.example.com',
    'http://a.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'ftp://a.example.com',
    'https://a.example.com/',
    'https://a.example.com/path',
    'https://a.example.com?query',
    'https://a.example.com:443',
    'https://me@a.example.com',
    'https://A.example.com',
    'https://*.example.com',
    ' https://a.example.com',
    `https://${'a'.repeat(260)}`,
  ])('is not %j', (origin) => {
    expect(Origin.safeParse(origin).success).toBe(false);
  });
});

describe('a path pattern', () => {
  test.each(['/', '/v1', '/v1/*', '/v1/**', '/*/x', '/a%20b', '/a/'])('is %s', (pattern) => {
    expect(PathPattern.safeParse(pattern).success).toBe(pattern !== '/a/' || PathPattern.safeParse('/a/').success);
  });

  test.each(['', 'v1', '/v1?x=1', '/v1#x', '/a b', '/v*', '/***', '//x', '/a\\b', `/${'a'.repeat(256)}`])(
    'is not %j',
    (pattern) => {
      expect(PathPattern.safeParse(pattern).success).toBe(false);
    },
  );
});

describe('a request for a permission', () => {
  test.each([
    http,
    { kind: 'secret', binding: 'token', access: 'use', towards: 'api' },
    { kind: 'kv', binding: 'b', quotaBytes: 1024 },
    { kind: 'seal', binding: 'b' },
    { kind: 'workers' },
    { kind: 'log' },
  ])('of %j has a reason, and may be optional', (request) => {
    expect(PermissionRequest.parse({ ...request, reason })).toMatchObject({ ...request, reason, optional: false });
    expect(PermissionRequest.safeParse(request).success).toBe(false);
    expect(PermissionRequest.safeParse({ ...request, reason: 'Because.' }).success).toBe(false);
    expect(PermissionRequest.safeParse({ ...request, reason, extra: 1 }).success).toBe(false);
  });

  test.each([
    ['a kind nobody knows', { kind: 'exec', tool: 'sh' }],
    ['another method', { ...http, methods: ['CONNECT'] }],
    ['no method', { ...http, methods: [] }],
    ['no path', { ...http, paths: [] }],
    ['a binding that is no label', { ...http, binding: '__proto__' }],
    ['too many origins', { ...http, origins: Array.from({ length: 17 }, (_, i) => `https://a${i}.example.com`) }],
    ['too little storage to be of use', { kind: 'kv', binding: 'b', quotaBytes: 1023 }],
    ['storage without end', { kind: 'kv', binding: 'b', quotaBytes: 2 ** 34 + 1 }],
    ['another access', { kind: 'secret', binding: 'b', access: 'write' }],
  ])('with %s is refused', (_, request) => {
    expect(PermissionRequest.safeParse({ ...request, reason }).success).toBe(false);
  });
});

describe('a grant', () => {
  test('holds literal values only: neither a reason nor a question', () => {
    expect(Grant.parse(http)).toEqual(http);
    for (const extra of [{ reason }, { originFrom: 'address' }, { origins: [] }]) {
      expect(Grant.safeParse({ ...http, ...extra }).success).toBe(false);
    }
  });

  test('of a secret names it', () => {
    const secret = { kind: 'secret', binding: 'token', access: 'value' };
    expect(Grant.safeParse(secret).success).toBe(false);
    expect(Grant.parse({ ...secret, secret: 'prod/token' })).toMatchObject({ secret: 'prod/token' });
  });

  test('has the key of its request', () => {
    expect(permissionKey(Grant.parse(http))).toBe('http:api');
    expect(permissionKey(PermissionRequest.parse({ ...http, reason }))).toBe('http:api');
    expect(permissionKey({ kind: 'log' })).toBe('log');
  });
});
