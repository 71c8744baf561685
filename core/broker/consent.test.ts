import { describe, expect, test } from 'vitest';
import type { Grant, PermissionRequest } from '../model/permission.ts';
import { assertConsent, grantAll } from './consent.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const reason = 'Needed for the test.';
const http: PermissionRequest = {
  kind: 'http',
  binding: 'api',
  origins: ['https://a.example.com', 'https://b.example.com'],
  methods: ['GET', 'POST'],
  paths: ['/v1/*', '/status'],
  reason,
  optional: false,
};
const requests = (permissions: PermissionRequest[]) => ({ permissions });
const grant: Grant = { kind: 'http', binding: 'api', origins: http.origins, methods: http.methods, paths: http.paths };
const narrower = (change: object) => [{ ...grant, ...change } as Grant];

describe('consent', () => {
  test('what is asked may be granted whole', () => {
    expect(grantAll(requests([http]), {})).toEqual([grant]);
    expect(() => assertConsent(requests([http]), [grant], {})).not.toThrow();
  });

  test.each([
    ['an origin', { origins: ['https://a.example.com'] }],
    ['a method', { methods: ['GET'] }],
    ['a literal path a pattern covers', { paths: ['/v1/users'] }],
  ])('a grant may be narrowed to %s', (_name, change) => {
    expect(() => assertConsent(requests([http]), narrower(change), {})).not.toThrow();
  });

  test.each([
    ['an origin that was not asked', { origins: ['https://c.example.com'] }],
    ['a method that was not asked', { methods: ['DELETE'] }],
    ['a path that was not asked', { paths: ['/admin'] }],
    ['a wider pattern', { paths: ['/**'] }],
    ['a deeper path', { paths: ['/v1/a/b'] }],
  ])('a grant of %s is refused', (_name, change) => {
    expect(() => assertConsent(requests([http]), narrower(change), {})).toThrow(code('permission/exceeds-request'));
  });

  test('a grant nobody asked for, or twice the same, is refused', () => {
    expect(() => assertConsent(requests([]), [{ kind: 'workers' }], {})).toThrow(code('permission/exceeds-request'));
    expect(() => assertConsent(requests([http]), [grant, grant], {})).toThrow(code('permission/exceeds-request'));
  });

  test('without a permission it cannot do without, a pack is not bound; the refusal lists what is missing', () => {
    const kv: PermissionRequest = { kind: 'kv', binding: 'k', quotaBytes: 1024, reason, optional: true };
    expect(() => assertConsent(requests([http, kv]), [], {})).toThrow(
      expect.objectContaining({
        code: 'permission/consent-required',
        details: { missing: [{ permission: 'http:api', reason }] },
      }),
    );
    expect(() => assertConsent(requests([kv]), [], {})).not.toThrow();
  });

  test('more storage than asked, or the value of a secret that was to be used, is refused', () => {
    const kv: PermissionRequest = { kind: 'kv', binding: 'k', quotaBytes: 2048, reason, optional: false };
    expect(() => assertConsent(requests([kv]), [{ kind: 'kv', binding: 'k', quotaBytes: 4096 }], {})).toThrow(
      code('permission/exceeds-request'),
    );
    expect(() => assertConsent(requests([kv]), [{ kind: 'kv', binding: 'k', quotaBytes: 1024 }], {})).not.toThrow();
    const secret: PermissionRequest = {
      kind: 'secret',
      binding: 's',
      access: 'use',
      towards: 'api',
      reason,
      optional: false,
    };
    const value: Grant = { kind: 'secret', binding: 's', access: 'value', towards: 'api', secret: 'x' };
    expect(() => assertConsent(requests([http, secret]), [grant, value], {})).toThrow(
      code('permission/exceeds-request'),
    );
  });

  test('an origin from an answer is the operator’s answer, and has to be an origin', () => {
    const asked: PermissionRequest = { ...http, origins: [], originFrom: 'address' };
    const [granted] = grantAll(requests([asked]), { address: 'https://vault.example.com:8200' });
    expect(granted).toMatchObject({ origins: ['https://vault.example.com:8200'] });
    expect(() => grantAll(requests([asked]), { address: 'https://vault.example.com/path' })).toThrow(
      code('input/invalid'),
    );
    expect(() => grantAll(requests([asked]), {})).toThrow(code('input/invalid'));
  });
});
