import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packOf, World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = World.start();
  world.broker = () => ({ status: 200, headers: [['content-type', 'text/plain']], body: 'aGk=', url: 'https://h/a' });
});
afterEach(() => world.end());

const asked = () => world.sent.find(({ t }) => t === 'call');

describe('fetch', () => {
  test('sends a request through the broker and gives its response', async () => {
    const code = `fetch('https://h/a#f', { method: 'post', headers: { 'X-A': 'é' }, body: 'text' }).then(async (r) =>
      [r.status, r.ok, r.url, r.redirected, r.type, r.headers.get('content-type'), r.body !== null, await r.text()])`;
    expect(await world.evaluate(code)).toEqual([200, true, 'https://h/a', false, 'basic', 'text/plain', true, 'hi']);
    expect(asked()).toMatchObject({
      port: 'http',
      method: 'fetch',
      args: {
        url: 'https://h/a#f',
        method: 'POST',
        headers: [
          ['x-a', 'é'],
          ['content-type', 'text/plain;charset=UTF-8'],
        ],
        body: 'dGV4dA==',
        redirect: 'follow',
      },
    });
  });

  test('sends no body where there is none, and an empty one where it is empty', async () => {
    await world.evaluate(
      "fetch('https://h/').then(() => fetch('https://h/', { method: 'PUT', body: '' })).then(() => 1)",
    );
    const bodies = world.sent.filter(({ t }) => t === 'call').map(({ args }) => (args as { body: unknown }).body);
    expect(bodies).toEqual([null, '']);
  });

  test('reads a stream before it sends', async () => {
    const stream =
      'new ReadableStream({ start(c) { c.enqueue(new Uint8Array([104])); c.enqueue(new Uint8Array([105])); c.close(); } })';
    await world.evaluate(`fetch('https://h/', { method: 'POST', body: ${stream}, duplex: 'half' }).then(() => 1)`);
    expect(asked()).toMatchObject({ args: { body: 'aGk=' } });
  });

  test('uses up the body of the request it is given', async () => {
    const code = `(async (r) => { await fetch(r); return [r.bodyUsed, await fetch(r).catch((e) => e.name)]; })(
      new Request('https://h/', { method: 'POST', body: 'x' }))`;
    expect(await world.evaluate(code)).toEqual([true, 'TypeError']);
  });

  test('follows the broker’s redirects and shows them', async () => {
    expect(await world.evaluate("fetch('https://h/elsewhere').then((r) => [r.redirected, r.url])")).toEqual([
      true,
      'https://h/a',
    ]);
    await world.evaluate("fetch('https://h/', { redirect: 'manual' }).then(() => 1)");
    expect(world.sent.at(-1)).toMatchObject({ args: { redirect: 'manual' } });
  });

  test.each([204, 304, 205])('a response with status %i has no body', async (status) => {
    world.broker = () => ({ status, headers: [], body: '', url: 'https://h/' });
    expect(await world.evaluate("fetch('https://h/').then(async (r) => [r.status, r.body, await r.text()])")).toEqual([
      status,
      null,
      '',
    ]);
  });

  test('an informational status comes through, which no program can construct', async () => {
    world.broker = () => ({ status: 101, headers: [], body: '', url: 'https://h/' });
    expect(await world.evaluate("fetch('https://h/').then((r) => [r.status, r.clone().status])")).toEqual([101, 101]);
  });

  test('headers of a response cannot be changed, those of its clone either way read the same', async () => {
    const code =
      "fetch('https://h/').then((r) => { try { r.headers.set('a', 'b'); } catch (e) { return [e.name, [...r.clone().headers]]; } })";
    expect(await world.evaluate(code)).toEqual(['TypeError', [['content-type', 'text/plain']]]);
  });

  test('a refusal is a TypeError with the broker’s code', async () => {
    world.broker = () => {
      throw Object.assign(new Error('No grant.'), { code: 'permission/denied' });
    };
    const code = "fetch('https://h/').catch((e) => [e instanceof TypeError, e.name, e.code, e.message])";
    expect(await world.evaluate(code)).toEqual([true, 'TypeError', 'permission/denied', 'No grant.']);
  });

  test.each(["fetch('relative')", "fetch('https://u:p@h/')", "fetch('https://h/', { method: 'TRACE' })", 'fetch()'])(
    '%s is refused before the broker hears of it',
    async (call) => {
      expect(await world.evaluate(`${call}.catch((e) => e.name)`)).toBe('TypeError');
      expect(asked()).toBeUndefined();
    },
  );

  test('a large body goes out and comes back whole', async () => {
    world.broker = (_port, _method, { body }: { body: string }) => ({
      status: 200,
      headers: [],
      body,
      url: 'https://h/',
    });
    const code = `(async (b) => { for (let i = 0; i < b.length; i++) b[i] = i * 7; const r = await fetch('https://h/', { method: 'PUT', body: b });
      const c = await r.bytes(); return [c.length, c.every((x, i) => x === b[i])]; })(new Uint8Array(2 ** 21))`;
    expect(await world.evaluate(code)).toEqual([2 ** 21, true]);
  });
});

describe('fetch with a signal', () => {
  test('that is aborted already sends nothing', async () => {
    expect(await world.evaluate("fetch('https://h/', { signal: AbortSignal.abort('why') }).catch((e) => e)")).toBe(
      'why',
    );
    expect(asked()).toBeUndefined();
  });

  test('is given up when the signal aborts, and the broker is told', async () => {
    world.broker = () => new Promise(() => undefined);
    const code = `(async (c) => { const p = fetch('https://h/', { signal: c.signal }); setTimeout(() => c.abort(), 5);
      return p.catch((e) => e.name); })(new AbortController())`;
    expect(await world.evaluate(code)).toBe('AbortError');
    expect(world.sent.filter(({ t }) => t === 'cancel')).toEqual([{ t: 'cancel', id: asked()?.id }]);
  });

  test('times out', async () => {
    world.broker = () => new Promise(() => undefined);
    expect(await world.evaluate("fetch('https://h/', { signal: AbortSignal.timeout(5) }).catch((e) => e.name)")).toBe(
      'TimeoutError',
    );
  });

  test('that aborts after the answer cancels nothing', async () => {
    await world.evaluate(
      "(async (c) => { await fetch('https://h/', { signal: c.signal }); c.abort(); })(new AbortController())",
    );
    expect(world.sent.filter(({ t }) => t === 'cancel')).toEqual([]);
  });
});

describe('a binding’s fetch', () => {
  test('sends a path under its binding, and no address', async () => {
    await world.open(
      packOf(
        "run: () => context.http('api').fetch('/v1/x?q=1', { method: 'POST', body: 'b' }).then(async (r) => [r.status, r.url, await r.text()])",
      ),
    );
    expect((await world.invoke('run')).value).toEqual([200, 'https://h/a', 'hi']);
    expect(asked()?.['args']).toEqual({
      binding: 'api',
      path: '/v1/x?q=1',
      method: 'POST',
      headers: [['content-type', 'text/plain;charset=UTF-8']],
      body: 'Yg==',
      redirect: 'follow',
    });
  });

  test('takes the same options as fetch, and refuses the same', async () => {
    await world.open(packOf("run: () => context.http('api').fetch('/', { method: 'GET', body: 'b' })"));
    expect((await world.invoke('run')).error).toMatchObject({ message: expect.stringContaining('TypeError') });
    expect(asked()).toBeUndefined();
  });
});
