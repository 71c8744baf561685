import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cookieName,
  cookieValue,
  createRevisionCookies,
  setCookieHeader,
  withoutRevisionCookies,
} from './revision-cookie.ts';
import { seal } from './signing-key.ts';
import { testKey } from './testbed.ts';

const NAME = cookieName('shop.acme');
const scope = { environment: 'local', deployment: 'shop.acme' };

test('a cookie’s name is a prefix and 8 hex digits of its deployment, another for each', () => {
  expect(NAME).toMatch(/^gt_rev_[0-9a-f]{8}$/);
  expect(cookieName('shop.other')).not.toBe(NAME);
});

test.each([
  [`${NAME}=v`, 'v'],
  [`a=1; ${NAME}=v; b=2`, 'v'],
  [`a=1;${NAME}=v`, 'v'],
  [`${NAME}=first; ${NAME}=second`, 'first'],
  [`${NAME}=v  `, 'v'],
  [`x${NAME}=v`, undefined],
  [`${NAME}x=v`, undefined],
  [`a=${NAME}=v`, undefined],
  ['', undefined],
  [';;;', undefined],
])('the header %j holds %j', (header, value) => {
  expect(cookieValue(header, NAME)).toBe(value);
});

test.each([
  ['a=1; b=2', 'a=1; b=2'],
  [`a=1; ${NAME}=v; b=2`, 'a=1; b=2'],
  [`${NAME}=v; b=2`, 'b=2'],
  [`${NAME}=v`, undefined],
  [`${NAME}=v; gt_rev_ffffffff=w`, undefined],
])('a worker gets the Cookie header %j as %j', (header, forwarded) => {
  expect(withoutRevisionCookies(header)).toBe(forwarded);
});

test('Set-Cookie keeps the cookie from scripts, to its path, and to TLS where there is TLS', () => {
  expect(setCookieHeader(NAME, 'v', { path: '/shop', secure: false })).toBe(
    `${NAME}=v; Path=/shop; Max-Age=3600; HttpOnly; SameSite=Lax`,
  );
  expect(setCookieHeader(NAME, 'v', { path: '/', secure: true })).toMatch(/; Secure$/);
});

describe('time', () => {
  const at = Date.parse('2026-01-01T00:00:30.000Z');

  test('a cookie lives at least an hour and at most a minute more', () => {
    const cookies = createRevisionCookies([testKey('k1')]);
    const value = cookies.issue(scope, 'shop.acme.1', at);
    expect(cookies.read(scope, value, at + 3600_000)).toEqual({ revision: 'shop.acme.1' });
    expect(cookies.read(scope, value, at + 3660_000)).toEqual({ fault: 'expired' });
  });

  test('clients within a minute get the same value, later ones another', () => {
    const cookies = createRevisionCookies([testKey('k1')]);
    const value = cookies.issue(scope, 'shop.acme.1', at);
    expect(cookies.issue(scope, 'shop.acme.1', at + 29_000)).toBe(value);
    expect(cookies.issue(scope, 'shop.acme.1', at + 31_000)).not.toBe(value);
    expect(cookies.issue(scope, 'shop.acme.2', at)).not.toBe(value);
  });

  test('a value remembered as genuine still expires, and still belongs to its deployment alone', () => {
    const cookies = createRevisionCookies([testKey('k1')]);
    const value = cookies.issue(scope, 'shop.acme.1', at);
    expect(cookies.read(scope, value, at)).toEqual({ revision: 'shop.acme.1' });
    expect(cookies.read({ ...scope, deployment: 'shop.other' }, value, at)).toEqual({ fault: 'foreign' });
    expect(cookies.read(scope, value, at + 7200_000)).toEqual({ fault: 'expired' });
  });
});

describe('a value', () => {
  const at = Date.parse('2026-01-01T00:00:30.000Z');
  const keys = [testKey('k1')];
  const sealed = (claims: unknown) =>
    seal(
      keys,
      'cookie',
      Buffer.from(typeof claims === 'string' ? claims : JSON.stringify(claims)).toString('base64url'),
    );
  const claims = { e: 'local', d: 'shop.acme', r: 'shop.acme.1', x: at / 1000 + 60 };
  const read = (value: string) => createRevisionCookies(keys).read(scope, value, at);

  test('of ours says revision, environment, deployment and end, and is read so', () => {
    expect(read(sealed(claims))).toEqual({ revision: 'shop.acme.1' });
  });

  test.each<[string, unknown]>([
    ['without an end', { e: 'local', d: 'shop.acme', r: 'shop.acme.1' }],
    ['that says more', { ...claims, admin: true }],
    ['with an end that is none', { ...claims, x: 'never' }],
    ['with half a second for its end', { ...claims, x: claims.x + 0.5 }],
    ['that is a list', [claims]],
    ['longer than any of ours', { ...claims, r: 'r'.repeat(1024) }],
  ])('%s does not count, though our key signed it', (_what, given) => {
    expect(read(sealed(given))).toEqual({ fault: 'invalid' });
  });

  test.each([
    ['another environment', { ...claims, e: 'prod' }],
    ['another deployment', { ...claims, d: 'shop.rival' }],
  ])('of %s is foreign, also once it has expired', (_what, given) => {
    expect(read(sealed(given))).toEqual({ fault: 'foreign' });
    expect(read(sealed({ ...given, x: 0 }))).toEqual({ fault: 'foreign' });
  });

  test('is read the same by another router with the same keys', () => {
    const value = createRevisionCookies(keys).issue(scope, 'shop.acme.2', at);
    expect(createRevisionCookies([testKey('k2', 9), ...keys]).read(scope, value, at)).toEqual({
      revision: 'shop.acme.2',
    });
  });
});

test('whatever else a Cookie header holds reaches the worker as it is, and none of ours does', () => {
  const pair = fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[A-Za-z0-9=_"-]{0,12}$/));
  const ours = fc.constantFrom(`${NAME}=v`, 'gt_rev_00000000=', 'gt_rev_=x=y');
  const cookies = fc.array(
    fc.oneof(
      pair.map(([name, value]) => `${name}=${value}`),
      ours,
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(cookies, fc.constantFrom('; ', ';'), (pairs, between) => {
      const others = pairs.filter((each) => !each.startsWith('gt_rev_'));
      const forwarded = withoutRevisionCookies(pairs.join(between)) ?? '';
      expect(forwarded.split(/; ?/).filter((each) => each !== '')).toEqual(others);
      expect(cookieValue(pairs.join(between), NAME)).toBe(pairs.includes(`${NAME}=v`) ? 'v' : undefined);
    }),
    { seed: 1, numRuns: 300 },
  );
});
