import type { Deployment } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deploymentOf } from '../testing/sample.ts';
import { conflictingDeployment } from './route-conflict.ts';

type Route = Deployment['route'];
const on = (route: Route) => [{ id: deploymentOf('acme'), route } as Deployment];
const conflicts = (a: Route, b: Route) => conflictingDeployment(on(a), b) !== undefined;

const hosts = fc.uniqueArray(fc.constantFrom('a.example', 'A.example', 'b.example', 'c.example'), { maxLength: 3 });
const routes = fc.record({ hosts, pathPrefix: fc.constantFrom('/', '/a', '/a/b') });

/** Whether some request has both routes as its own: one with exactly this host and prefix. */
function shareARequest(a: Route, b: Route): boolean {
  const named = (route: Route, host: string) => route.hosts.some((each) => each.toLowerCase() === host);
  const takes = (route: Route, host: string | undefined) =>
    host === undefined ? route.hosts.length === 0 : named(route, host);
  const asked = ['a.example', 'b.example', 'c.example', undefined];
  return a.pathPrefix === b.pathPrefix && asked.some((host) => takes(a, host) && takes(b, host));
}

describe('two routes', () => {
  test('are in each other’s way exactly when one request would go to both', () => {
    fc.assert(
      fc.property(routes, routes, (a, b) => conflicts(a, b) === shareARequest(a, b)),
      { numRuns: 1000 },
    );
  });

  test('are in each other’s way whichever was there first, and each is in its own', () => {
    fc.assert(
      fc.property(routes, routes, (a, b) => {
        expect(conflicts(a, b)).toBe(conflicts(b, a));
        expect(conflicts(a, a)).toBe(true);
      }),
    );
  });

  test.each<[what: string, a: Route, b: Route]>([
    ['any host and a named one', { hosts: [], pathPrefix: '/' }, { hosts: ['a.example'], pathPrefix: '/' }],
    ['a prefix and a longer one', { hosts: [], pathPrefix: '/a' }, { hosts: [], pathPrefix: '/a/b' }],
    ['a prefix and one in capitals', { hosts: [], pathPrefix: '/a' }, { hosts: [], pathPrefix: '/A' }],
    ['a host and one below it', { hosts: ['a.example'], pathPrefix: '/' }, { hosts: ['x.a.example'], pathPrefix: '/' }],
  ])('live side by side with %s: the narrower one wins', (_, a, b) => {
    expect(conflicts(a, b)).toBe(false);
  });
});
