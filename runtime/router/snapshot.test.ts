import type { RuntimeConfig } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { compileSnapshot } from './snapshot.ts';
import { reportStats } from './stats.ts';
import { count } from './tally.ts';
import { configOf, type ShortDeployment } from './testbed.ts';
import { createUpstreamSet } from './upstream-set.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const endpoints = { 1: 'http://127.0.0.1:1', 2: 'http://127.0.0.1:2', 3: 'unix:/run/w3.sock' };
const even: ShortDeployment = { weights: { 1: 5000, 2: 5000 }, endpoints };
const shopOf = (config: RuntimeConfig, before?: ReturnType<typeof compileSnapshot>) => {
  const snapshot = compileSnapshot(config, before);
  const shop = snapshot.deployments.get('shop.acme');
  if (shop === undefined) throw new Error('There is a shop.');
  return { snapshot, shop };
};

describe('a compiled configuration', () => {
  test('opens what is ready and has weight, keeps that and what drains, and reaches every target', () => {
    const weights = { 1: 4000, 2: 6000, 3: 0 };
    const { shop, snapshot } = shopOf(configOf(7, { weights, endpoints, draining: [2] }));
    expect(shop).toMatchObject({
      environment: 'local',
      customer: 'acme',
      pathPrefix: '/',
      open: ['shop.acme.1'],
      keeps: new Set(['shop.acme.1', 'shop.acme.2']),
      targets: new Set(['shop.acme.1', 'shop.acme.2', 'shop.acme.3']),
    });
    expect(shop.endpoints.get('shop.acme.3')).toBe('unix:/run/w3.sock');
    expect(snapshot).toMatchObject({ generation: 7, endpoints: new Set(Object.values(endpoints)) });
  });

  test('opens nothing while the dial was never set, or while no weighted revision is there', () => {
    for (const short of [{ endpoints }, { weights: { 1: 0, 4: 10_000 }, endpoints }]) {
      const { shop } = shopOf(configOf(1, short));
      expect(shop.open).toEqual([]);
      expect(shop.picker.next()).toBe(-1);
    }
  });

  const other = { ...even, deployment: 'desk.acme', pathPrefix: '/desk' };
  test.each<[string, RuntimeConfig, string]>([
    ['a deployment twice', configOf(1, even, { ...even, pathPrefix: '/b' }), 'runtime/config-invalid'],
    ['an endpoint of another form', configOf(1, { ...even, endpoints: { 1: 'ftp://x' } }), 'runtime/config-invalid'],
    ['weights that are not whole', configOf(1, { ...even, weights: { 1: 9999 } }), 'traffic/sum'],
    ['two deployments on one path', configOf(1, even, { ...other, pathPrefix: '/' }), 'deployment/route-conflict'],
  ])('is refused with %s', (_what, config, refusal) => {
    expect(() => compileSnapshot(config, undefined)).toThrow(code(refusal));
  });
});

describe('from one configuration to the next', () => {
  const first = shopOf(configOf(1, even));
  count(first.shop.tally, 'shop.acme.1', 'weight');

  test('of the same split nobody’s share moves: picker and counts stay', () => {
    const { shop } = shopOf(configOf(2, { ...even, pathPrefix: '/new' }), first.snapshot);
    expect(shop.picker).toBe(first.shop.picker);
    expect(shop.tally).toBe(first.shop.tally);
    expect(shop.pathPrefix).toBe('/new');
  });

  test('of the same split without one of its revisions the rest is picked anew, and counted on', () => {
    const { 2: _gone, ...rest } = endpoints;
    const { shop } = shopOf(configOf(2, { ...even, endpoints: rest }), first.snapshot);
    expect(shop.picker).not.toBe(first.shop.picker);
    expect(shop.tally).toBe(first.shop.tally);
    expect(shop.open).toEqual(['shop.acme.1']);
  });

  test('of another split both begin anew, also with the same weights', () => {
    const { shop } = shopOf(configOf(2, { ...even, splitGeneration: 2 }), first.snapshot);
    expect(shop.picker).not.toBe(first.shop.picker);
    expect(shop.tally.revisions.size).toBe(0);
  });
});

describe('what the router reports', () => {
  const upstreams = createUpstreamSet({ connectMs: 1, headersMs: 1, silenceMs: 1 });

  test('is nothing before the first configuration', () => {
    expect(reportStats(undefined, upstreams)).toEqual({ generation: 0, upstreams: 0, deployments: [] });
  });

  test('is a copy: it stays as it was while the traffic goes on', () => {
    const { snapshot, shop } = shopOf(configOf(3, even));
    count(shop.tally, 'shop.acme.1', 'weight');
    count(shop.tally, 'shop.acme.1', 'failed');
    shop.tally.ignored.token++;
    const report = reportStats(snapshot, upstreams);
    count(shop.tally, 'shop.acme.1', 'weight');
    shop.tally.ignored.token++;
    expect(report.deployments).toEqual([
      {
        deployment: 'shop.acme',
        splitGeneration: 1,
        revisions: { 'shop.acme.1': { header: 0, cookie: 0, pin: 0, weight: 1, failed: 1 } },
        ignored: { token: 1, 'cookie-invalid': 0, 'cookie-expired': 0, 'cookie-foreign': 0, pins: 0 },
      },
    ]);
  });
});
