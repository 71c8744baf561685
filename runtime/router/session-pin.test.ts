import { createHash } from 'node:crypto';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import type { Pins } from './session-pin.ts';
import { configOf, eventually, Testbed } from './testbed.ts';

/** Pins in memory, as the sessions contract says: the first pin wins. */
class MemoryPins implements Pins {
  readonly pinned = new Map<string, string>();
  readonly calls: string[] = [];

  async lookup({ session }: Parameters<Pins['lookup']>[0]) {
    this.calls.push('lookup');
    return { revision: this.pinned.get(session) ?? null };
  }

  async pin({ session, revision }: Parameters<Pins['pin']>[0]) {
    this.calls.push('pin');
    const inForce = this.pinned.get(session);
    if (inForce === undefined) this.pinned.set(session, revision);
    return { revision: inForce ?? revision, pinned: inForce === undefined };
  }

  async release({ session }: Parameters<Pins['release']>[0]) {
    this.calls.push('release');
    return { released: this.pinned.delete(session) };
  }
}

const hashOf = (session: string) => createHash('sha256').update(session).digest('base64url');

/** A router with pins in front of workers that tell their revision. */
async function pinning(bed: Testbed, pins: Pins, limits = {}) {
  const { endpoint } = await bed.worker((incoming, response) => response.end(incoming.headers['x-greentic-revision']));
  const endpoints = { 1: endpoint, 2: endpoint };
  const { router, origin } = await bed.router({ pins, limits });
  router.apply(configOf(1, { weights: { 1: 5000, 2: 5000 }, endpoints }));
  const ask = async (session?: string) => {
    const { statusCode, headers, body } = await request(origin, {
      headers: session === undefined ? {} : { 'x-greentic-session': session },
    });
    return { status: statusCode, revision: await body.text(), cookie: headers['set-cookie'] };
  };
  return { router, endpoints, ask };
}

describe('a session named by a header', () => {
  test('stays on its revision, is stored only as a hash, and gets no cookie', async () => {
    await using bed = new Testbed();
    const pins = new MemoryPins();
    const { ask } = await pinning(bed, pins);
    const { revision, cookie } = await ask('anna');
    for (let i = 0; i < 10; i++) {
      await ask();
      expect((await ask('anna')).revision).toBe(revision);
    }
    expect([...pins.pinned]).toEqual([[hashOf('anna'), revision]]);
    expect(cookie).toBeUndefined();
  });

  test('shares are those of new sessions: 50 sessions of four requests each split 25 and 25', async () => {
    await using bed = new Testbed();
    const { router, ask } = await pinning(bed, new MemoryPins());
    await Promise.all(Array.from({ length: 200 }, (_, i) => ask(`session ${i % 50}`)));
    const revisions = router.stats().deployments[0]?.revisions ?? {};
    expect(revisions).toMatchObject({ 'shop.acme.1': { weight: 25 }, 'shop.acme.2': { weight: 25 } });
    expect((revisions['shop.acme.1']?.pin ?? 0) + (revisions['shop.acme.2']?.pin ?? 0)).toBe(150);
  });

  test('moves once when its revision has lost its weight, and the old pin is released', async () => {
    await using bed = new Testbed();
    const pins = new MemoryPins();
    const { router, endpoints, ask } = await pinning(bed, pins);
    expect((await ask('anna')).revision).toBe('shop.acme.1');
    router.apply(configOf(2, { splitGeneration: 2, weights: { 1: 0, 2: 10_000 }, endpoints }));
    expect((await ask('anna')).revision).toBe('shop.acme.2');
    expect([...pins.pinned]).toEqual([[hashOf('anna'), 'shop.acme.2']]);
    pins.calls.length = 0;
    await ask('anna');
    expect(pins.calls).toEqual(['lookup']);
  });

  test('goes where another router has pinned it in between', async () => {
    await using bed = new Testbed();
    const pins = new MemoryPins();
    const { router, ask } = await pinning(bed, pins);
    const lookup = pins.lookup.bind(pins);
    pins.lookup = async (key) => {
      const found = await lookup(key);
      pins.pinned.set(key.session, 'shop.acme.2');
      return found;
    };
    expect((await ask('anna')).revision).toBe('shop.acme.2');
    expect(router.stats().deployments[0]?.revisions).toMatchObject({ 'shop.acme.2': { pin: 1, weight: 0 } });
  });
});

describe('a store of pins that gives no answer', () => {
  const broken: [string, Pins][] = [
    [
      'fails',
      {
        lookup: () => Promise.reject(new Error('down')),
        pin: () => Promise.reject(new Error('down')),
        release: () => Promise.reject(new Error('down')),
      },
    ],
    [
      'hangs',
      {
        lookup: () => new Promise(() => undefined),
        pin: () => new Promise(() => undefined),
        release: () => new Promise(() => undefined),
      },
    ],
  ];

  test.each(broken)(
    'that %s: requests are answered, the cookie keeps the session, and it is counted',
    async (_, pins) => {
      await using bed = new Testbed();
      const { router, ask } = await pinning(bed, pins, { pinsMs: 20 });
      const { status, cookie } = await ask('anna');
      expect(status).toBe(200);
      expect(cookie).toMatch(/^gt_rev_/);
      expect(router.stats().deployments[0]?.ignored.pins).toBe(1);
    },
  );

  test('a pin that cannot be stored still answers', async () => {
    await using bed = new Testbed();
    const pins = new MemoryPins();
    pins.pin = () => Promise.reject(new Error('full'));
    const { router, ask } = await pinning(bed, pins);
    expect((await ask('anna')).status).toBe(200);
    expect(router.stats().deployments[0]?.ignored.pins).toBe(1);
  });
});

test('a dial moved while a session is looked up is obeyed: the request sees one configuration, the newer', async () => {
  await using bed = new Testbed();
  const pins = new MemoryPins();
  const { router, endpoints, ask } = await pinning(bed, pins);
  const held = Promise.withResolvers<void>();
  let looked = false;
  pins.lookup = async () => {
    looked = true;
    await held.promise;
    return { revision: null };
  };
  const answer = ask('anna');
  await eventually(() => looked);
  router.apply(configOf(2, { splitGeneration: 2, weights: { 1: 0, 2: 10_000 }, endpoints: { 2: endpoints[2] } }));
  held.resolve();
  expect((await answer).revision).toBe('shop.acme.2');
});

test('a session without a route, or without a revision, gets the error of any request', async () => {
  await using bed = new Testbed();
  const { router, ask } = await pinning(bed, new MemoryPins());
  router.apply(configOf(2, { endpoints: {} }));
  expect((await ask('anna')).status).toBe(503);
  router.apply(configOf(3));
  expect((await ask('anna')).status).toBe(404);
});
