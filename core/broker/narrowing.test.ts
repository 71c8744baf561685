import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Grant, type PermissionRequest } from '../model/permission.ts';
import { assertConsent, widestGrant } from './consent.ts';
import { grantFor, type HttpGrant } from './http-grant.ts';

type Shape = Pick<HttpRequest, 'origins' | 'methods' | 'paths'>;
type HttpRequest = Extract<PermissionRequest, { kind: 'http' }>;

const ORIGINS = ['https://a.example.com', 'https://b.example.com', 'https://a.example.com:8443'];
const METHODS = ['GET', 'POST', 'DELETE'] as const;
const PATTERNS = [
  '/',
  '/v1',
  '/v1/*',
  '/v1/**',
  '/v1/*/x',
  '/**',
  '/*',
  '/v1/a',
  '/v1/a/x',
  '/v1/a/**',
  '/v1/**/x',
  '/v1/',
];
const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const shape = fc.record({ origins: some(ORIGINS), methods: some(METHODS), paths: some(PATTERNS) });
const path = fc.constantFrom(
  '/',
  '/v1',
  '/v1/',
  '/v1/a',
  '/v1/b',
  '/v1/a/x',
  '/v1/b/x',
  '/v1/a/b/c',
  '/v1/**/x',
  '/v1/*',
  '/other',
  '/v1/../admin',
  '/v1//a',
  '/v1/%2e%2e/x',
  '/admin',
);

const requestOf = (parts: Shape): HttpRequest => ({
  kind: 'http',
  binding: 'api',
  reason: 'Needed for the test.',
  optional: false,
  ...parts,
});
const grantOf = (parts: object): HttpGrant => ({ kind: 'http', binding: 'api', ...parts }) as HttpGrant;

function accepted(request: PermissionRequest, grant: Grant): boolean {
  try {
    assertConsent({ permissions: [request] }, [grant], {});
    return true;
  } catch {
    return false;
  }
}

function covers(grant: HttpGrant, method: string, url: string): boolean {
  try {
    grantFor([grant], method, new URL(url), 'api');
    return true;
  } catch {
    return false;
  }
}

describe('a narrower grant', () => {
  test('that consent accepts covers nothing that the request does not', () => {
    let acceptedOnes = 0;
    fc.assert(
      fc.property(
        shape,
        shape,
        fc.array(
          fc.tuple(fc.constantFrom(...ORIGINS, 'https://c.example.com'), fc.constantFrom(...METHODS, 'PUT'), path),
          { maxLength: 12 },
        ),
        (asked, given, requests) => {
          const request = requestOf(asked);
          const grant = grantOf(given);
          if (!accepted(request, grant)) return;
          acceptedOnes++;
          const widest = widestGrant(request, {}) as HttpGrant;
          for (const [origin, method, where] of requests) {
            if (covers(grant, method, origin + where))
              expect(covers(widest, method, origin + where), `${method} ${origin}${where}`).toBe(true);
          }
        },
      ),
      { numRuns: 3000 },
    );
    expect(acceptedOnes).toBeGreaterThan(50);
  });

  const partOf = (asked: Shape) =>
    fc.record({
      origins: some(asked.origins),
      methods: some(asked.methods),
      paths: some(PATTERNS.filter((each) => accepted(requestOf(asked), grantOf({ ...asked, paths: [each] })))),
    });

  test('is accepted for any part of what was asked, whatever part', () => {
    fc.assert(
      fc.property(
        shape.chain((asked) => fc.tuple(fc.constant(asked), partOf(asked))),
        ([asked, given]) => {
          expect(accepted(requestOf(asked), grantOf(given))).toBe(true);
        },
      ),
    );
  });

  test('of a narrower one is still within the first: narrowing twice widens nothing', () => {
    const steps = shape.chain((first) => partOf(first).chain((second) => fc.tuple(fc.constant(first), partOf(second))));
    fc.assert(
      fc.property(steps, ([first, third]) => {
        expect(accepted(requestOf(first), grantOf(third))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['the same place under another port', { origins: ['https://a.example.com:444'] }],
    ['plain http', { origins: ['http://a.example.com'] }],
    ['a subdomain', { origins: ['https://x.a.example.com'] }],
    ['one more origin', { origins: ['https://a.example.com', 'https://evil.example.com'] }],
    ['one more method', { methods: ['GET', 'PUT'] }],
    ['a star where a name was', { paths: ['/*/x'] }],
    ['two stars where one was', { paths: ['/v1/**'] }],
    ['a step up', { paths: ['/v1/../admin'] }],
    ['an empty segment', { paths: ['/v1//'] }],
    ['the folder itself', { paths: ['/v1'] }],
  ])('of %s is wider, and refused', (_, change) => {
    const request = requestOf({ origins: ['https://a.example.com'], methods: ['GET'], paths: ['/v1/*'] });
    const grant = grantOf({ origins: request.origins, methods: request.methods, paths: request.paths, ...change });
    expect(() => assertConsent({ permissions: [request] }, [grant], {})).toThrow(
      expect.objectContaining({ code: 'permission/exceeds-request' }),
    );
  });
});

describe('a grant of another kind', () => {
  const KINDS: readonly PermissionRequest[] = [
    requestOf({ origins: ORIGINS, methods: ['GET'], paths: ['/**'] }),
    { kind: 'secret', binding: 'api', access: 'value', reason: 'Needed for the test.', optional: true },
    { kind: 'kv', binding: 'api', quotaBytes: 4096, reason: 'Needed for the test.', optional: true },
    { kind: 'seal', binding: 'api', reason: 'Needed for the test.', optional: true },
    { kind: 'workers', reason: 'Needed for the test.', optional: true },
    { kind: 'log', reason: 'Needed for the test.', optional: true },
  ];

  test('is never taken for the one that was asked, though its binding is the same', () => {
    for (const [i, request] of KINDS.entries()) {
      for (const [j, other] of KINDS.entries())
        expect(accepted(request, widestGrant(other, {})), `${request.kind} ${other.kind}`).toBe(i === j);
    }
  });

  test('is, at its widest, one that the grammar of grants takes', () => {
    for (const request of KINDS) expect(Grant.parse(widestGrant(request, {}))).toEqual(widestGrant(request, {}));
  });
});

describe('the secret a pack may use', () => {
  const asked: PermissionRequest = {
    kind: 'secret',
    binding: 's',
    access: 'use',
    towards: 'api',
    reason: 'Needed for the test.',
    optional: false,
  };
  const given = (change: object) =>
    ({ kind: 'secret', binding: 's', access: 'use', towards: 'api', secret: 'name', ...change }) as Grant;

  test.each([
    ['towards another binding', { towards: 'other' }],
    ['to be read', { access: 'value' }],
    ['under another name', { binding: 't' }],
  ])('is not granted %s', (_, change) => {
    expect(accepted(asked, given({}))).toBe(true);
    expect(accepted(asked, given(change))).toBe(false);
  });

  test('is not granted without its destination', () => {
    const { towards: _, ...everywhere } = given({}) as Extract<Grant, { kind: 'secret' }>;
    expect(accepted(asked, everywhere)).toBe(false);
  });

  test('may be any secret of the environment: which one is the operator’s choice', () => {
    expect(accepted(asked, given({ secret: 'team/other' }))).toBe(true);
  });
});
