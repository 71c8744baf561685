import { describe, expect, test } from 'vitest';
import { type FakeOptions, FakeRegistry, FakeServer, type Intercept } from '../testing/oci-fake.ts';
import { BoundedBody } from './body.ts';
import { parseOciReference } from './reference.ts';
import { type OciRequest, OciTransport, type TransportOptions } from './transport.ts';

const NOW = Date.parse('2031-05-01T12:00:00Z');
const SCOPE = 'repository:acme/registry:pull' as const;

/** A registry that answers as told, a transport to it, and how long that waited. */
async function open(answer: Intercept, options: FakeOptions = {}, more: TransportOptions = {}) {
  const registry = await FakeRegistry.open(options);
  registry.intercept = answer;
  const waited: number[] = [];
  const backoff = { random: () => 1, now: () => NOW, wait: async (ms: number) => void waited.push(ms) };
  const credentials = async () => ({ username: 'ada', password: 'secret' });
  const transport = new OciTransport(parseOciReference(registry.location()), { credentials, backoff, ...more });
  const send = (changes: Partial<OciRequest> = {}) =>
    transport.send({ method: 'GET', url: new URL('/v2/x', registry.url), scopes: [SCOPE], ...changes });
  return { registry, send, waited, transport, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

/** Answers one status after the other, then 200. */
function statuses(...answers: [status: number, retryAfter?: string][]): Intercept {
  return (_, response) => {
    const [status, after] = answers.shift() ?? [200];
    response.writeHead(status, after === undefined ? {} : { 'retry-after': after }).end();
    return true;
  };
}

describe('a request', () => {
  test('that failed for a moment is made again, later each time, and later when the registry asks for it', async () => {
    await using stage = await open(statuses([503], [429, '0'], [500, '7']));
    expect(await stage.send()).toMatchObject({ status: 200 });
    expect(stage.waited).toEqual([250, 500, 7000]);
  });

  test('is made four times at most', async () => {
    await using stage = await open(statuses([503], [503], [503], [503]));
    await expect(stage.send()).rejects.toMatchObject({ code: 'registry/unreachable' });
    expect(stage.registry.asked).toHaveLength(4);
  });

  test.each([['30'], ['Thu, 01 May 2031 12:00:30 GMT']])('waits for %s, and for no longer', async (after) => {
    await using stage = await open(statuses([429, after]));
    await stage.send();
    expect(stage.waited).toEqual([30_000]);
    stage.registry.intercept = statuses([429, '31']);
    await expect(stage.send()).rejects.toMatchObject({ code: 'registry/rate-limited' });
  });

  test.each(['POST', 'PATCH', 'PUT'] as const)('%s is made once, unless twice is as good as once', async (method) => {
    await using stage = await open(statuses([503]));
    await expect(stage.send({ method })).rejects.toMatchObject({ code: 'registry/unreachable' });
    stage.registry.intercept = statuses([503]);
    expect(await stage.send({ method, repeatable: true })).toMatchObject({ status: 200 });
  });

  test('that is cancelled while it waits is call/cancelled', async () => {
    const cancel = new AbortController();
    const wait = async (_: number, signal: AbortSignal | undefined) => {
      cancel.abort();
      signal?.throwIfAborted();
    };
    await using stage = await open(statuses([503]), {}, { signal: cancel.signal, backoff: { wait } });
    await expect(stage.send()).rejects.toMatchObject({ code: 'call/cancelled' });
  });

  test('whose connection broke is made again', async () => {
    let times = 0;
    await using stage = await open((_, response) => {
      if (times++ === 0) response.socket?.destroy();
      else response.end();
      return true;
    });
    expect(await stage.send()).toMatchObject({ status: 200 });
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])(
    'of a read with %i is followed, and takes no token to another host',
    async (status) => {
      await using storage = await FakeServer.start((_, response) => {
        response.end('bytes');
        return true;
      });
      await using stage = await open(() => false, { auth: 'bearer', storage: { url: () => storage.url, status } });
      stage.registry.blobs.set('x', Buffer.from('bytes'));
      const into = new BoundedBody(5, 'It');
      const url = new URL('/v2/acme/registry/blobs/x', stage.registry.url);
      await stage.send({ url, into, headers: { accept: 'own' } });
      expect(into.take().bytes).toEqual(Buffer.from('bytes'));
      expect(storage.asked[0]?.headers).toMatchObject({ accept: 'own' });
      expect(storage.asked[0]?.headers).not.toHaveProperty('authorization');
      expect(stage.registry.asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer good-token' });
    },
  );

  test('within the registry takes the token along', async () => {
    await using stage = await open(
      ({ path }, response) => {
        if (path !== '/v2/x') return false;
        response.writeHead(302, { location: '/v2/acme/registry/blobs/x' }).end();
        return true;
      },
      { auth: 'bearer' },
    );
    stage.registry.blobs.set('x', Buffer.from('bytes'));
    expect(await stage.send()).toMatchObject({ status: 200 });
  });

  test('is followed five times, and not a sixth', async () => {
    const lead =
      (most: number): Intercept =>
      ({ path }, response) => {
        const hop = Number(/hop=(\d)/.exec(path)?.[1] ?? 0);
        response.writeHead(hop < most ? 302 : 200, { location: `?hop=${hop + 1}` }).end();
        return true;
      };
    await using stage = await open(lead(5));
    expect(await stage.send()).toMatchObject({ status: 200 });
    stage.registry.intercept = lead(6);
    await expect(stage.send()).rejects.toMatchObject({ code: 'registry/redirect' });
  });

  test('of the rest of a blob asks for the rest there', async () => {
    const bytes = Buffer.from('0123456789');
    await using storage = await FakeServer.start(({ headers }, response) => {
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
      if (from === 0) response.writeHead(200, { 'content-length': 10 });
      else response.writeHead(206, { 'content-range': `bytes ${from}-9/10` }).end(bytes.subarray(from));
      if (from === 0) response.write(bytes.subarray(0, 4), () => response.socket?.end());
      return true;
    });
    await using stage = await open((_, response) => {
      response.writeHead(307, { location: `${storage.url}/x` }).end();
      return true;
    });
    const into = new BoundedBody(10, 'It');
    await stage.send({ into, resumable: true, maxBytes: 10 });
    expect(into.take().bytes).toEqual(bytes);
    expect(storage.asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=4-']);
  });
});
