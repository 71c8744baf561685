import { request as plainRequest } from 'node:http';
import { Agent, request } from 'undici';
import { describe, expect, test } from 'vitest';
import { signRevisionToken } from './revision-token.ts';
import { configOf, eventually, Testbed, testKey } from './testbed.ts';

/** A worker's listener that says who it is. */
const saying = (name: string) => (_: unknown, response: import('node:http').ServerResponse) => {
  response.end(name);
};

/** Sends n requests over some connections and counts the answers by status and body. */
async function burst(origin: string, n: number, headers: Record<string, string> = {}): Promise<Record<string, number>> {
  const agent = new Agent({ connections: 16, pipelining: 1 });
  const counts: Record<string, number> = {};
  let left = n;
  const one = async () => {
    while (left-- > 0) {
      const { statusCode, body } = await request(origin, { dispatcher: agent, headers });
      const key = `${statusCode} ${await body.text()}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
  await agent.close();
  return counts;
}

describe('the split', () => {
  test('10,000 requests at 90 and 10 % arrive as 9,000 and 1,000, over TCP and a unix socket', async () => {
    await using bed = new Testbed();
    const one = await bed.worker(saying('one'));
    const two = await bed.unixWorker(saying('two'));
    const { router, origin } = await bed.router();
    expect(
      router.apply(configOf(3, { weights: { 1: 9000, 2: 1000 }, endpoints: { 1: one.endpoint, 2: two.endpoint } })),
    ).toBe(3);
    expect(await burst(origin, 10_000)).toEqual({ '200 one': 9000, '200 two': 1000 });
    expect(router.stats()).toMatchObject({
      generation: 3,
      deployments: [
        {
          splitGeneration: 1,
          revisions: { 'shop.acme.1': { weight: 9000, failed: 0 }, 'shop.acme.2': { weight: 1000, failed: 0 } },
        },
      ],
    });
  });

  test('a reload that leaves the split alone moves nobody’s share; one that changes it starts the counts anew', async () => {
    await using bed = new Testbed();
    const worker = await bed.worker(saying('x'));
    const { router, origin } = await bed.router();
    const endpoints = { 1: worker.endpoint, 2: worker.endpoint };
    for (let generation = 1; generation <= 10; generation++) {
      router.apply(configOf(generation, { weights: { 1: 9500, 2: 500 }, endpoints }));
      await burst(origin, 10);
    }
    expect(router.stats().deployments[0]?.revisions).toMatchObject({
      'shop.acme.1': { weight: 95 },
      'shop.acme.2': { weight: 5 },
    });
    router.apply(configOf(11, { splitGeneration: 2, weights: { 1: 9500, 2: 500 }, endpoints }));
    expect(router.stats().deployments[0]?.revisions).toEqual({});
  });

  test('an entry without a ready target gets nothing, and the others share by their weights', async () => {
    await using bed = new Testbed();
    const worker = await bed.worker((request, response) => response.end(request.headers['x-greentic-revision']));
    const { router, origin } = await bed.router();
    router.apply(
      configOf(1, {
        weights: { 1: 5000, 2: 2500, 3: 1500, 4: 1000 },
        endpoints: { 1: worker.endpoint, 2: worker.endpoint, 4: worker.endpoint },
        draining: [4],
      }),
    );
    expect(await burst(origin, 300)).toEqual({ '200 shop.acme.1': 200, '200 shop.acme.2': 100 });
  });

  test('20 dial moves under steady load fail no request, and none reaches a revision that no longer has weight', async () => {
    await using bed = new Testbed();
    const one = await bed.worker(saying('1'));
    const two = await bed.worker(saying('2'));
    const { router, origin } = await bed.router();
    const endpoints = { 1: one.endpoint, 2: two.endpoint };
    const dial = (generation: number, weight: number) =>
      router.apply(
        configOf(generation, { splitGeneration: generation, weights: { 1: 10_000 - weight, 2: weight }, endpoints }),
      );
    dial(1, 0);
    const agent = new Agent({ connections: 8 });
    const answers: { status: number; body: string; before: number; generation: number }[] = [];
    let running = true;
    const load = Array.from({ length: 8 }, async () => {
      while (running) {
        const before = router.generation;
        const { statusCode, headers, body } = await request(origin, { dispatcher: agent });
        answers.push({
          status: statusCode,
          body: await body.text(),
          before,
          generation: Number(headers['x-greentic-generation']),
        });
      }
    });
    for (let generation = 2; generation <= 21; generation++) {
      const before = answers.length;
      await eventually(() => answers.length >= before + 100);
      dial(generation, generation % 2 === 0 ? 10_000 : 0);
    }
    running = false;
    await Promise.all(load);
    await agent.close();
    expect(answers.length).toBeGreaterThan(2_000);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.filter(({ before, generation }) => generation < before)).toEqual([]);
    expect(answers.filter(({ body, generation }) => body !== (generation % 2 === 0 ? '2' : '1'))).toEqual([]);
  });

  test('a revision’s endpoint is let go only after its requests have ended, and the next configuration is served meanwhile', async () => {
    await using bed = new Testbed();
    const held = Promise.withResolvers<void>();
    let arrived = false;
    const one = await bed.worker(async (_, response) => {
      arrived = true;
      await held.promise;
      response.end('old');
    });
    const two = await bed.worker(saying('new'));
    const { router, origin } = await bed.router();
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: one.endpoint } }));
    const slow = request(origin);
    await eventually(() => arrived);
    router.apply(configOf(2, { splitGeneration: 2, weights: { 2: 10_000 }, endpoints: { 2: two.endpoint } }));
    expect(await (await request(origin)).body.text()).toBe('new');
    expect(router.stats().upstreams).toBe(2);
    held.resolve();
    expect(await (await slow).body.text()).toBe('old');
    await eventually(() => router.stats().upstreams === 1);
  });

  test('a rollback is a new generation with the old weights, in force at the next request', async () => {
    await using bed = new Testbed();
    const one = await bed.worker(saying('one'));
    const two = await bed.worker(saying('two'));
    const { router, origin } = await bed.router();
    const endpoints = { 1: one.endpoint, 2: two.endpoint };
    for (const [generation, weights, body] of [
      [1, { 1: 10_000 }, 'one'],
      [2, { 1: 0, 2: 10_000 }, 'two'],
      [3, { 1: 10_000 }, 'one'],
    ] as const) {
      router.apply(configOf(generation, { splitGeneration: generation, weights, endpoints }));
      const response = await request(origin);
      expect(await response.body.text()).toBe(body);
      expect(response.headers['x-greentic-generation']).toBe(String(generation));
    }
  });
});

describe('addressing and returning', () => {
  test('a token reaches a revision at weight 0 before the dial moves; the bare header does not', async () => {
    await using bed = new Testbed();
    const one = await bed.worker(saying('one'));
    const two = await bed.worker(saying('two'));
    const { router, origin } = await bed.router();
    router.apply(configOf(1, { weights: { 1: 10_000, 2: 0 }, endpoints: { 1: one.endpoint, 2: two.endpoint } }));
    const scope = { deployment: 'shop.acme', revision: 'shop.acme.2' };
    const token = signRevisionToken([testKey('k1')], scope, { now: new Date() });
    expect(
      await burst(origin, 5, { 'x-greentic-revision': 'shop.acme.2', 'x-greentic-revision-token': token }),
    ).toEqual({ '200 two': 5 });
    expect(await burst(origin, 5, { 'x-greentic-revision': 'shop.acme.2' })).toEqual({ '200 one': 5 });
    const [stats] = router.stats().deployments;
    expect(stats).toMatchObject({
      revisions: { 'shop.acme.2': { header: 5 }, 'shop.acme.1': { weight: 5 } },
      ignored: { token: 5 },
    });
  });

  test('a client that sends its cookie back stays over a dial move that leaves its revision some weight, and leaves it at 0', async () => {
    await using bed = new Testbed();
    const one = await bed.worker(saying('one'));
    const two = await bed.worker(saying('two'));
    const { router, origin } = await bed.router();
    const endpoints = { 1: one.endpoint, 2: two.endpoint };
    const ask = async (headers: Record<string, string>) => {
      const response = await request(origin, { headers });
      return { body: await response.body.text(), cookie: response.headers['set-cookie'] };
    };
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints }));
    const cookie = String((await ask({})).cookie).split(';')[0] ?? '';
    router.apply(configOf(2, { splitGeneration: 2, weights: { 1: 1, 2: 9_999 }, endpoints }));
    for (let i = 0; i < 5; i++) expect(await ask({ cookie })).toEqual({ body: 'one', cookie: undefined });
    router.apply(configOf(3, { splitGeneration: 3, weights: { 1: 0, 2: 10_000 }, endpoints }));
    expect(await ask({ cookie })).toMatchObject({ body: 'two', cookie: expect.stringMatching(/^gt_rev_/) });
    router.apply(configOf(4, { splitGeneration: 3, weights: { 1: 0, 2: 10_000 }, endpoints, draining: [1] }));
    expect((await ask({ cookie })).body).toBe('one');
  });
});

describe('applying a configuration', () => {
  const split = { weights: { 1: 10_000 }, endpoints: { 1: 'http://127.0.0.1:9' } };

  test.each([
    ['an older generation', configOf(4, split), 'env/stale'],
    ['another environment', { ...configOf(6, split), environment: 'other' }, 'runtime/config-invalid'],
    ['weights that do not add up', configOf(6, { ...split, weights: { 1: 9_999 } }), 'traffic/sum'],
    [
      'an endpoint of another kind',
      configOf(6, { ...split, endpoints: { 1: 'https://example.com' } }),
      'runtime/config-invalid',
    ],
    [
      'an endpoint with a path',
      configOf(6, { ...split, endpoints: { 1: 'http://127.0.0.1:9/x' } }),
      'runtime/config-invalid',
    ],
    ['a relative socket', configOf(6, { ...split, endpoints: { 1: 'unix:w.sock' } }), 'runtime/config-invalid'],
    [
      'two deployments on one route',
      configOf(6, split, { ...split, deployment: 'b.acme' }),
      'deployment/route-conflict',
    ],
    ['one deployment twice', configOf(6, split, { ...split, pathPrefix: '/b' }), 'runtime/config-invalid'],
  ])('refuses %s and keeps the one before', async (_, config, code) => {
    await using bed = new Testbed();
    const worker = await bed.worker(saying('still here'));
    const { router, origin } = await bed.router();
    router.apply(configOf(5, { ...split, endpoints: { 1: worker.endpoint } }));
    expect(() => router.apply(config as never)).toThrow(expect.objectContaining({ code }));
    expect(router.generation).toBe(5);
    expect(await (await request(origin)).body.text()).toBe('still here');
  });

  test.each([
    ['no key', []],
    ['a short key', [{ kid: 'k', key: new Uint8Array(31) }]],
    [
      'two keys of one name',
      [
        { kid: 'k', key: new Uint8Array(32) },
        { kid: 'k', key: new Uint8Array(32) },
      ],
    ],
    ['a name with a dot', [{ kid: 'k.1', key: new Uint8Array(32) }]],
  ])('a router with %s is refused with runtime/config-invalid', async (_, keys) => {
    await using bed = new Testbed();
    await expect(bed.router({ keys })).rejects.toMatchObject({ code: 'runtime/config-invalid' });
  });

  test('health is 503 before the first configuration and 200 from then on', async () => {
    await using bed = new Testbed();
    const { router, origin } = await bed.router();
    const before = await request(`${origin}/.well-known/greentic/health`);
    expect([before.statusCode, await before.body.json()]).toMatchObject([
      503,
      { error: { code: 'route/no-revision' } },
    ]);
    router.apply(configOf(7, split));
    const after = await request(`${origin}/.well-known/greentic/health`);
    expect([after.statusCode, await after.body.json()]).toEqual([
      200,
      { status: 'ok', environment: 'local', generation: 7 },
    ]);
  });

  test('close lets a request under way end and takes no new one', async () => {
    await using bed = new Testbed();
    const held = Promise.withResolvers<void>();
    let arrived = false;
    const worker = await bed.worker(async (_, response) => {
      arrived = true;
      await held.promise;
      response.end('done');
    });
    const { router, origin, port } = await bed.router();
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
    const slow = request(origin);
    await eventually(() => arrived);
    const closed = router.close({ drainMs: 10_000 });
    const refused = await new Promise((resolve) =>
      plainRequest({ port, host: '127.0.0.1' }).on('error', resolve).end(),
    );
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    held.resolve();
    const response = await slow;
    expect(await response.body.text()).toBe('done');
    expect(response.headers.connection).toBe('close');
    await closed;
  });
});
