import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostName, matchRoute, tabulateRoutes } from './route.ts';

interface Entry {
  route: { hosts: string[]; pathPrefix: string };
  to: number;
}

/** The rule, read aloud: all candidates, then named before any, then longest. */
function oracle(entries: readonly Entry[], host: string, path: string): number | undefined {
  const fits = (prefix: string) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
  const longest = (candidates: readonly Entry[]) =>
    candidates
      .filter(({ route }) => fits(route.pathPrefix))
      .toSorted((a, b) => b.route.pathPrefix.length - a.route.pathPrefix.length)[0]?.to;
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return (
    longest(entries.filter(({ route }) => route.hosts.includes(name))) ??
    longest(entries.filter(({ route }) => route.hosts.length === 0))
  );
}

const segment = fc.constantFrom('a', 'ab', 'b', 'abc', 'a.b');
const prefix = fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`);
const host = fc.constantFrom('one.example', 'two.example', 'three.example');
const entries = fc
  .array(fc.record({ hosts: fc.uniqueArray(host, { maxLength: 2 }), pathPrefix: prefix }), { maxLength: 12 })
  .map((routes) => {
    const taken = new Set<string>();
    return routes.flatMap((route, to): Entry[] => {
      const keys = (route.hosts.length === 0 ? ['*'] : route.hosts).map((name) => `${name} ${route.pathPrefix}`);
      if (keys.some((key) => taken.has(key))) return [];
      for (const key of keys) taken.add(key);
      return [{ route, to }];
    });
  });

describe('matching a route', () => {
  test('agrees with the naive rule for random tables, hosts and paths', () => {
    const path = fc.tuple(prefix, fc.constantFrom('', '/', '//', '/x', 'x')).map(([base, tail]) => base + tail);
    const asked = fc.tuple(host, fc.constantFrom('', ':8080')).map(([name, port]) => name.toUpperCase() + port);
    fc.assert(
      fc.property(entries, asked, path, (table, name, target) => {
        expect(matchRoute(tabulateRoutes(table), name, target)).toBe(oracle(table, name, target));
      }),
      { numRuns: 3_000 },
    );
  });

  test('a prefix ends where a segment ends', () => {
    const table = tabulateRoutes([{ route: { hosts: [], pathPrefix: '/shop' }, to: 1 }]);
    expect(
      ['/shop', '/shop/', '/shop/x', '/shopping', '/', '/x/shop'].map((path) => matchRoute(table, 'h', path)),
    ).toEqual([1, 1, 1, undefined, undefined, undefined]);
  });

  test('a named host wins over a longer prefix for any host', () => {
    const table = tabulateRoutes([
      { route: { hosts: [], pathPrefix: '/a/b' }, to: 1 },
      { route: { hosts: ['One.Example'], pathPrefix: '/' }, to: 2 },
    ]);
    expect(matchRoute(table, 'one.example:80', '/a/b')).toBe(2);
    expect(matchRoute(table, 'other.example', '/a/b')).toBe(1);
    expect(matchRoute(table, undefined, '/a/b')).toBe(1);
  });

  test('a path of 100,000 slashes is looked up in bounded time', () => {
    const table = tabulateRoutes([{ route: { hosts: [], pathPrefix: '/a' }, to: 1 }]);
    const path = `/a${'/'.repeat(100_000)}`;
    const started = performance.now();
    for (let i = 0; i < 100; i++) expect(matchRoute(table, 'h', path)).toBe(1);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test('a prefix of 256 characters matches, also under a longer path', () => {
    const pathPrefix = `/${'p'.repeat(255)}`;
    const table = tabulateRoutes([{ route: { hosts: [], pathPrefix }, to: 1 }]);
    expect(
      [pathPrefix, `${pathPrefix}/x`, `${pathPrefix}x`, `${pathPrefix}x/y`].map((path) => matchRoute(table, 'h', path)),
    ).toEqual([1, 1, undefined, undefined]);
  });

  test('two deployments on one host and prefix are refused with deployment/route-conflict', () => {
    const route = { hosts: ['a.example'], pathPrefix: '/' };
    expect(() =>
      tabulateRoutes([
        { route, to: 1 },
        { route: { hosts: ['A.example', 'b.example'], pathPrefix: '/' }, to: 2 },
      ]),
    ).toThrow(expect.objectContaining({ code: 'deployment/route-conflict' }));
  });

  test('the same host twice in one route is no conflict', () => {
    const table = tabulateRoutes([{ route: { hosts: ['a.example', 'A.EXAMPLE'], pathPrefix: '/' }, to: 1 }]);
    expect(matchRoute(table, 'a.example', '/')).toBe(1);
  });
});

test.each([
  ['Example.COM', 'example.com'],
  ['example.com:8080', 'example.com'],
  ['[::1]:8080', '[::1]'],
  ['[::1]', '[::1]'],
  ['127.0.0.1:80', '127.0.0.1'],
])('the name of host %s is %s', (header, name) => {
  expect(hostName(header)).toBe(name);
});
