import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeServer, type Intercept } from '../testing/oci-fake.ts';
import { BoundedBody } from './body.ts';
import { type ExchangeRequest, exchange } from './exchange.ts';

let server: FakeServer;
const agent = new Agent();
beforeAll(async () => {
  server = await FakeServer.start(() => false);
});
afterAll(async () => {
  await agent.destroy();
  await server[Symbol.asyncDispose]();
});

/** Makes a request that is answered as told. */
function ask(
  answer: (...args: Parameters<Intercept>) => unknown,
  changes: Partial<ExchangeRequest> = {},
  sink?: BoundedBody,
) {
  server.asked.length = 0;
  server.intercept = (...args) => {
    answer(...args);
    return true;
  };
  const url = new URL('/v2/a?b=c%2Fd', server.url);
  return exchange(agent, { method: 'GET', url, headers: {}, maxBytes: 1024, ...changes }, sink);
}

describe('an exchange', () => {
  test('asks as it was told, and for bodies as they are', async () => {
    await ask((_, response) => response.end(), { method: 'PUT', headers: { 'x-own': '1', 'accept-encoding': 'gzip' } });
    expect(server.asked[0]).toMatchObject({
      method: 'PUT',
      path: '/v2/a?b=c%2Fd',
      headers: { 'x-own': '1', 'accept-encoding': 'identity', 'user-agent': 'greentic' },
    });
  });

  test('puts the body of a success into its sink, and that of nothing else', async () => {
    const sink = new BoundedBody(1024, 'It');
    expect(await ask((_, response) => response.writeHead(201).end('bytes'), {}, sink)).toMatchObject({
      status: 201,
      reason: '',
    });
    expect(sink.take().bytes).toEqual(Buffer.from('bytes'));
    sink.clear();
    expect(await ask((_, response) => response.writeHead(404).end('bytes'), {}, sink)).toMatchObject({ status: 404 });
    expect(sink.length).toBe(0);
  });

  test('joins a header that comes several times', async () => {
    const answer = await ask((_, response) =>
      response.writeHead(200, { link: ['<a>; rel="prev"', '<b>; rel="next"'] }).end(),
    );
    expect(answer.header('link')).toBe('<a>; rel="prev", <b>; rel="next"');
    expect(answer.header('location')).toBeUndefined();
  });

  test.each([
    ['{"errors":[{"code":"DENIED","message":"secret"}]}', 'DENIED'],
    ['{"errors":[{"message":"secret","code" : "NAME_UNKNOWN"}]}', 'NAME_UNKNOWN'],
    ['{"errors":[{"code":"denied"}]}', ''],
    ['{"errors":[{"code":"DENIED\\u001b[31m"}]}', ''],
    [`{"errors":[{"code":"${'A'.repeat(41)}"}]}`, ''],
    ['<title>DENIED</title>', ''],
    [`${' '.repeat(20_000)}"code":"DENIED"`, ''],
    ['', ''],
  ])('of an error repeats the code and no other word: %s', async (body, reason) => {
    expect((await ask((_, response) => response.writeHead(403).end(body))).reason).toBe(reason);
  });

  test.each([
    [{ maxBytes: 0 }, 30_000],
    [{ maxBytes: 6400 }, 30_100],
    [{ maxBytes: 64 * 2 ** 20 }, 30_000 + 2 ** 20],
    [{ maxBytes: 0, method: 'PUT', body: Buffer.alloc(6401) }, 30_101],
  ] as const)('with %j has a time by the size of what is to come and to go', async (request, ms) => {
    const asked: number[] = [];
    const deadline = (time: number) => {
      asked.push(time);
      return new AbortController().signal;
    };
    await ask((_, response) => response.end(), { ...request, deadline });
    expect(asked).toEqual([ms]);
  });

  test('that somebody cancels is call/cancelled; one whose time runs out registry/unreachable', async () => {
    const cancel = new AbortController();
    const cancelled = ask(() => cancel.abort(), { signal: cancel.signal });
    await expect(cancelled).rejects.toMatchObject({ code: 'call/cancelled' });
    const late = new AbortController();
    const expired = ask(() => late.abort(new DOMException('late', 'TimeoutError')), { deadline: () => late.signal });
    await expect(expired).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('that goes to nobody is a broken connection', async () => {
    const gone = await FakeServer.start(() => true);
    const url = new URL(gone.url);
    await gone[Symbol.asyncDispose]();
    await expect(ask(() => undefined, { url })).rejects.toMatchObject({ name: 'BrokenConnection' });
  });
});
