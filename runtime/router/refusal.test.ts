import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import type { RouterEvent } from './server.ts';
import { closeServer, configOf, eventually, exchangeRaw, rawHead, Testbed } from './testbed.ts';

/** A router in front of one worker that counts what reaches it. */
async function counted(bed: Testbed, options = {}) {
  const seen: string[] = [];
  const worker = await bed.worker((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    incoming.resume().on('end', () => response.end('ok'));
  });
  const routed = await bed.router(options);
  routed.router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
  return { ...routed, seen };
}

describe('requests that two readers could read differently are refused, and nothing behind them is read', () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

  test.each([
    [
      'Content-Length and Transfer-Encoding',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'Transfer-Encoding and Content-Length',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'two lengths',
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    ],
    ['two equal lengths', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n${smuggled}`],
    ['a length with a sign', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n${smuggled}`],
    ['a list of lengths', `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n${smuggled}`],
    [
      'an encoding that does not end in chunked',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['a mistyped chunked', `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
    [
      'a space before the colon',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'a folded line',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['lines that end in LF alone', `GET / HTTP/1.1\nHost: a\n\n${smuggled}`],
    ['a header line that ends in LF alone', `GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n${smuggled}`],
    ['a CR within a value', `GET / HTTP/1.1\r\nHost: a\r\nX: y\rz\r\n\r\n${smuggled}`],
    ['a NUL within a value', `GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n${smuggled}`],
    [
      'a chunk size that is no number',
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n${smuggled}`,
    ],
    ['two hosts', `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${smuggled}`],
    ['no host', `GET / HTTP/1.1\r\nX: y\r\n\r\n${smuggled}`],
    ['another version', `GET / HTTP/9.9\r\nHost: a\r\n\r\n${smuggled}`],
    ['dot segments', `GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['encoded dot segments', `GET /a/%2E%2e/b HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a backslash', `GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a double slash at its start', `GET //b/c HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['an asterisk for a path', `OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['another scheme', `GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n`],
  ])('%s', async (_, bytes) => {
    await using bed = new Testbed();
    const { port, seen } = await counted(bed);
    const answer = await exchangeRaw(port, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(seen.filter((line) => line.includes('smuggled'))).toEqual([]);
  });

  test('the same bytes as proper requests do pass: the table above refuses nothing by accident', async () => {
    await using bed = new Testbed();
    const { port, seen } = await counted(bed);
    await exchangeRaw(
      port,
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    expect(seen.toSorted()).toEqual(['GET /x', 'POST /']);
  });
});

describe('limits', () => {
  test('a header above 16 KiB is refused with 431', async () => {
    await using bed = new Testbed();
    const { port } = await counted(bed);
    expect(await exchangeRaw(port, rawHead('GET / HTTP/1.1', 'Host: a', `X: ${'y'.repeat(17_000)}`))).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  test('more than 128 header lines are refused, not dropped in silence', async () => {
    await using bed = new Testbed();
    const { port, seen } = await counted(bed);
    const answer = await exchangeRaw(
      port,
      rawHead('GET / HTTP/1.1', 'Host: a', ...Array.from({ length: 130 }, (_, i) => `X-${i}: y`)),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"input\/too-large"/);
    expect(seen).toEqual([]);
  });

  test('a body that says it is above the limit is refused with 413 before the worker hears of it', async () => {
    await using bed = new Testbed();
    const { port, seen } = await counted(bed);
    const answer = await exchangeRaw(
      port,
      rawHead('POST / HTTP/1.1', 'Host: a', `Content-Length: ${10 * 1024 * 1024 + 1}`),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"input\/too-large"/);
    expect(seen).toEqual([]);
  });

  test('a body in chunks is refused with 413 once it passes the limit; the worker sees it break off', async () => {
    await using bed = new Testbed();
    let ended = false;
    let broken = false;
    const worker = await bed.worker((incoming) => {
      incoming.resume();
      incoming.on('end', () => {
        ended = true;
      });
      incoming.on('close', () => {
        broken = !ended;
      });
    });
    const { router, origin } = await bed.router({ limits: { bodyBytes: 100_000 } });
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
    const body = (async function* () {
      for (let i = 0; i < 30; i++) yield Buffer.alloc(10_000);
    })();
    const response = await request(origin, { method: 'POST', body: body as never });
    expect(response.statusCode).toBe(413);
    expect(await response.body.json()).toMatchObject({ error: { code: 'input/too-large', hint: expect.any(String) } });
    await eventually(() => broken);
  });

  test('a request that does not arrive within its time is refused with 408', async () => {
    await using bed = new Testbed();
    const { port } = await counted(bed, { limits: { requestMs: 100 } });
    expect(await exchangeRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nX: ')).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('what has no worker to go to', () => {
  test('an unknown route is 404 route/none, without a word to any worker', async () => {
    await using bed = new Testbed();
    const { router, origin, seen } = await counted(bed);
    router.apply(configOf(2, { pathPrefix: '/shop', weights: { 1: 10_000 }, endpoints: { 1: 'http://127.0.0.1:9' } }));
    const { statusCode, headers, body } = await request(`${origin}/shopping`);
    expect([statusCode, await body.json()]).toMatchObject([
      404,
      { error: { code: 'route/none', message: expect.any(String) } },
    ]);
    expect(headers).toMatchObject({ 'x-greentic-generation': '2', 'cache-control': 'no-store' });
    expect(seen).toEqual([]);
  });

  test.each([
    ['a dial never set', { endpoints: { 1: 'http://127.0.0.1:9' } }],
    ['a weighted revision that is not there', { weights: { 1: 10_000 }, endpoints: {} }],
    [
      'a weighted revision that drains',
      { weights: { 1: 10_000 }, endpoints: { 1: 'http://127.0.0.1:9' }, draining: [1] },
    ],
  ])('%s is 503 route/no-revision with Retry-After', async (_, short) => {
    await using bed = new Testbed();
    const { router, origin } = await bed.router();
    router.apply(configOf(1, short));
    const { statusCode, headers, body } = await request(origin);
    expect([statusCode, await body.json()]).toMatchObject([503, { error: { code: 'route/no-revision' } }]);
    expect(headers['retry-after']).toBe('1');
  });

  test.each([
    '/.well-known/greentic/worker?nonce=1',
    '/.well-known/greentic',
    '/.Well-Known/Greentic/worker',
    '/%2ewell-known/greentic/worker',
    '/.well%2Dknown/greentic/worker',
    '/.well-known%2fgreentic/worker',
    '/.well-known//greentic/worker',
    '/x/.well-known/greentic/worker',
    '/%67reentic/.well-known/%67reentic/worker',
  ])('%s is never forwarded', async (path) => {
    await using bed = new Testbed();
    const { port, seen } = await counted(bed);
    expect(await exchangeRaw(port, rawHead(`GET ${path} HTTP/1.1`, 'Host: a', 'Connection: close'))).toMatch(
      /^HTTP\/1\.1 404 [\s\S]*route\/none/,
    );
    expect(seen).toEqual([]);
  });
});

describe('a worker that fails', () => {
  test('nothing listening is 502 route/upstream after one more try, counted and reported', async () => {
    await using bed = new Testbed();
    const events: RouterEvent[] = [];
    const { router, origin } = await bed.router({
      onEvent: (event) => events.push(event),
      limits: { retryAfterMs: 20 },
    });
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: `unix:${bed.directory()}/none.sock` } }));
    const { statusCode, body } = await request(origin);
    expect([statusCode, await body.json()]).toMatchObject([502, { error: { code: 'route/upstream' } }]);
    expect(router.stats().deployments[0]?.revisions).toMatchObject({ 'shop.acme.1': { weight: 1, failed: 1 } });
    expect(events.at(-1)).toMatchObject({
      type: 'worker-failed',
      revision: 'shop.acme.1',
      error: { code: 'route/upstream' },
    });
  });

  test('a worker that comes back on its endpoint in between gets the request, body and all', async () => {
    await using bed = new Testbed();
    const path = `${bed.directory()}/w.sock`;
    const { router, origin } = await bed.router({ limits: { retryAfterMs: 500 } });
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: `unix:${path}` } }));
    const answer = request(origin, { method: 'POST', body: 'hello' });
    await eventually(() => router.stats().deployments[0]?.revisions['shop.acme.1'] !== undefined);
    const server = createServer((incoming, response) => void incoming.pipe(response)).listen(path);
    bed.onClose(() => closeServer(server));
    expect(await (await answer).body.text()).toBe('hello');
    expect(router.stats().deployments[0]?.revisions['shop.acme.1']).toMatchObject({ weight: 1, failed: 0 });
  });

  /** A worker that reads a request and breaks the connection, so many times; then it answers. */
  async function breaking(bed: Testbed, times: number) {
    let seen = 0;
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        seen++;
        if (seen <= times) socket.destroy();
        else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    bed.onClose(() => new Promise((resolve) => server.close(resolve)));
    const { router, origin } = await bed.router({ limits: { retryAfterMs: 10 } });
    router.apply(
      configOf(1, {
        weights: { 1: 10_000 },
        endpoints: { 1: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      }),
    );
    return { origin, seen: () => seen };
  }

  test('a GET whose connection breaks before an answer is sent once more, a POST never', async () => {
    await using bed = new Testbed();
    const once = await breaking(bed, 1);
    expect([(await request(once.origin)).statusCode, once.seen()]).toEqual([200, 2]);
    const twice = await breaking(bed, 2);
    expect([(await request(twice.origin)).statusCode, twice.seen()]).toEqual([502, 2]);
    for (const body of ['x', null]) {
      const post = await breaking(bed, 1);
      expect([(await request(post.origin, { method: 'POST', body })).statusCode, post.seen()]).toEqual([502, 1]);
    }
  });

  test('an answer that breaks off is broken off for the client too, never ended as if whole', async () => {
    await using bed = new Testbed();
    for (const headers of [{ 'content-length': '10' }, {}]) {
      const worker = await bed.worker((_, response) => {
        response.writeHead(200, headers).write('part', () => response.destroy());
      });
      const { router, origin } = await bed.router();
      router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
      const { statusCode, body } = await request(origin);
      expect(statusCode).toBe(200);
      await expect(body.text()).rejects.toThrow();
    }
  });

  test('a worker that does not begin an answer in time is 504 route/timeout', async () => {
    await using bed = new Testbed();
    const worker = await bed.worker(() => undefined);
    const { router, origin } = await bed.router({ limits: { requestMs: 100 } });
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
    const { statusCode, body } = await request(origin);
    expect([statusCode, await body.json()]).toMatchObject([504, { error: { code: 'route/timeout' } }]);
  });

  test('a client that goes cancels the worker’s request, which counts as nobody’s failure', async () => {
    await using bed = new Testbed();
    let arrived = false;
    let cancelled = false;
    const worker = await bed.worker((_, response) => {
      arrived = true;
      response.on('close', () => {
        cancelled = true;
      });
    });
    const { router, port } = await bed.router();
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
    const socket = connect(port, '127.0.0.1');
    socket.write(rawHead('GET / HTTP/1.1', 'Host: a'));
    await eventually(() => arrived);
    socket.destroy();
    await eventually(() => cancelled);
    expect(router.stats().deployments[0]?.revisions['shop.acme.1']).toMatchObject({ weight: 1, failed: 0 });
  });
});
