import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BODY_MAX_BYTES, HttpCall, HttpEgress } from './http.ts';
import type { HttpGrant } from './http-grant.ts';
import { type Placeholder, placeholderText } from './placeholder.ts';
import type { HostAddress } from './ports.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const SECRET = 'canary-5ecret';
const TEXT = placeholderText('token', 'a'.repeat(32));
const token: Placeholder = { binding: 'token', towards: 'api', text: TEXT, value: Buffer.from(SECRET) };

interface Seen {
  readonly line: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

let server: Server;
let origin: string;
const seen: Seen[] = [];
const raw = createTcpServer();
let rawOrigin: string;
let rawReply: (socket: Socket) => void = (socket) => socket.end();

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://x');
  const to = url.searchParams.get('to');
  if (to !== null) response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: to }).end();
  else response.end('arrived');
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({
        line: `${request.method} ${request.url}`,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString(),
      });
      answer(request, response);
    });
  });
  raw.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => rawReply(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  rawOrigin = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  raw.close();
});

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const grant = (): HttpGrant => ({
  kind: 'http',
  binding: 'api',
  origins: [origin, rawOrigin],
  methods: [...METHODS],
  paths: ['/v1/**'],
});

function fetch(
  call: Partial<HttpCall>,
  {
    grants = [grant()],
    secrets = [token],
    resolve,
  }: { grants?: HttpGrant[]; secrets?: Placeholder[]; resolve?: (host: string) => Promise<HostAddress[]> } = {},
) {
  const egress = new HttpEgress(grants, async () => secrets, resolve);
  return egress.fetch(
    { method: 'GET', headers: [], body: null, redirect: 'follow', binding: 'api', ...call },
    AbortSignal.timeout(10_000),
  );
}
const via = (to: string, status = 302): string => `/v1/x?status=${status}&to=${encodeURIComponent(to)}`;

describe('a redirect', () => {
  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [303, 'DELETE', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [301, 'PUT', 'PUT', 'body'],
    [302, 'PATCH', 'PATCH', 'body'],
    [307, 'POST', 'POST', 'body'],
    [308, 'PUT', 'PUT', 'body'],
    [307, 'DELETE', 'DELETE', 'body'],
  ])('%i of %s goes on as %s, as the Fetch standard says', async (status, method, next, body) => {
    const sent = method === 'HEAD' || (next === 'GET' && method === 'DELETE') ? null : btoa('body');
    await fetch({ path: via('/v1/end', status), method, body: sent });
    expect(seen.map(({ line }) => line.split('?')[0])).toEqual([`${method} /v1/x`, `${next} /v1/end`]);
    expect(seen[1]?.body).toBe(body);
  });

  test('to another method than those granted is refused before it is sent', async () => {
    const posts: HttpGrant = { ...grant(), methods: ['POST'] };
    await expect(fetch({ path: via('/v1/end', 303), method: 'POST', body: '' }, { grants: [posts] })).rejects.toThrow(
      code('egress/redirect-denied'),
    );
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['/admin', 'another path'],
    ['/v1/../admin', 'a step up'],
    ['/v1/%2e%2e/admin', 'an encoded step up'],
    ['/v1/a%2f..%2fb', 'encoded separators'],
    ['//evil.example.com/v1/x', 'another host without scheme'],
    ['https://evil.example.com/v1/x', 'another host'],
    ['http://127.0.0.1:1/v1/x', 'another port'],
    ['http://user:pw@127.0.0.1/v1/x', 'credentials'],
    ['http://169.254.169.254/v1/x', 'the metadata service'],
    ['file:///etc/passwd', 'a file'],
    ['javascript:alert(1)', 'a script'],
    ['data:text/plain,x', 'data'],
    ['http://[::1', 'nothing'],
    ['\\\\evil.example.com\\v1', 'a host behind backslashes'],
  ])('to %s (%s) is refused, and goes nowhere', async (to) => {
    await expect(fetch({ path: via(to) })).rejects.toThrow(code('egress/redirect-denied'));
    expect(seen).toHaveLength(1);
  });

  test('to what only another binding is granted is refused: a request keeps to the binding it began with', async () => {
    const admin: HttpGrant = { ...grant(), binding: 'admin', paths: ['/admin/**'] };
    await expect(fetch({ path: via('/admin/x') }, { grants: [grant(), admin] })).rejects.toThrow(
      code('egress/redirect-denied'),
    );
    expect(seen).toHaveLength(1);
  });

  test('is followed five times, and not a sixth', async () => {
    const chain = (hops: number): string => (hops === 0 ? '/v1/end' : via(chain(hops - 1)));
    expect((await fetch({ path: chain(5) })).status).toBe(200);
    await expect(fetch({ path: chain(6) })).rejects.toThrow(code('egress/redirect-denied'));
  });

  test('carries the secret to the granted place alone, and shows the address without it', async () => {
    const reply = await fetch({ path: via('/v1/end'), headers: [['authorization', `Bearer ${TEXT}`]] });
    expect(seen.every(({ rawHeaders }) => rawHeaders.includes(`Bearer ${SECRET}`))).toBe(true);
    expect(reply.url).toBe(`${origin}/v1/end`);
  });

  test('that puts the secret into an address is not followed', async () => {
    await expect(fetch({ path: via(`/v1/end?${SECRET}`) })).rejects.toThrow(code('permission/denied'));
    const manual = await fetch({ path: via(`/v1/end?${SECRET}`), redirect: 'manual' });
    expect(JSON.stringify(manual.headers)).not.toContain(SECRET);
    expect(JSON.stringify(manual.headers)).toContain(TEXT);
    expect(seen).toHaveLength(2);
  });

  test.each(['error', 'manual'] as const)('in the mode %s is not followed', async (redirect) => {
    const outcome = fetch({ path: via('/v1/end'), redirect });
    if (redirect === 'error') await expect(outcome).rejects.toThrow(code('egress/redirect-denied'));
    else expect((await outcome).status).toBe(302);
    expect(seen).toHaveLength(1);
  });
});

describe('a request cannot say two things', () => {
  test.each([
    [[['x-a', 'b\r\nx-evil: 1']]],
    [[['x-a', 'b\nx-evil: 1']]],
    [[['x-a', 'b\0']]],
    [[['x-a\r\nx-evil', '1']]],
    [[['x a', '1']]],
    [[['x-a:', '1']]],
    [[['', '1']]],
    [[['x-a', 'b\u010d\u010ax-evil: 1']]],
  ] as [string, string][][][])('by the headers %j: it is input/invalid, and nothing is sent', async (headers) => {
    await expect(fetch({ path: '/v1/x', headers })).rejects.toThrow(code('input/invalid'));
    expect(seen).toEqual([]);
  });

  test.each(['get', 'GET ', 'GET /v1/y HTTP/1.1\r\nx: ', 'CONNECT', 'TRACE', 'OPTIONS', ''])(
    'by the method %j',
    async (method) => {
      await expect(fetch({ path: '/v1/x', method })).rejects.toThrow(code('permission/denied'));
      expect(seen).toEqual([]);
    },
  );

  test.each([
    'Transfer-Encoding',
    'CONTENT-LENGTH',
    'Host',
    'connection',
    'Upgrade',
    'TE',
    'trailer',
    'Expect',
    'Proxy-Authorization',
  ])('by a %s of its own: the header does not go out', async (name) => {
    await fetch({
      path: '/v1/x',
      method: 'POST',
      body: btoa('12345'),
      headers: [[name, 'chunked, evil.example.com, 3']],
    });
    expect(seen[0]?.rawHeaders.join()).not.toContain('evil.example.com');
    expect(seen[0]?.body).toBe('12345');
  });

  test('by a path with a line end or a space: the address is encoded', async () => {
    await fetch({ path: '/v1/a b\r\nHost: evil?q= HTTP/1.1\r\n' });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.line).toMatch(/^GET \/v1\/a%20bHost:%20evil\?q=%20HTTP\/1\.1$/);
  });

  test('by a value outside Latin-1, whose characters would go out as others: no such call is taken', () => {
    const withValue = (value: string) => HttpCall.safeParse({ method: 'GET', body: null, headers: [['x-a', value]] });
    for (const value of ['€', '\u010d\u010a', '\ud800']) expect(withValue(value).success).toBe(false);
    expect(withValue('é\xff').success).toBe(true);
  });

  test('keeps a header called __proto__ a header', async () => {
    await fetch({
      path: '/v1/x',
      headers: [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    });
    expect(seen[0]?.rawHeaders.join('|')).toContain('__proto__|x|constructor|y');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('what comes back', () => {
  const reply = (text: string, ...more: string[]) => {
    rawReply = (socket) => {
      socket.setNoDelay(true);
      socket.write(text, 'latin1');
      let wait = Promise.resolve();
      for (const part of more)
        wait = wait.then(() => new Promise((done) => socket.write(part, 'latin1', () => setImmediate(done))));
      void wait.then(() => socket.end());
    };
    return fetch({ url: `${rawOrigin}/v1/x` });
  };
  const OK = 'HTTP/1.1 200 OK\r\n';

  test.each([1, 2, 5, SECRET.length - 1])('has no secret in it, though it is cut after %i of its bytes', async (at) => {
    const { body } = await reply(`${OK}\r\nbefore ${SECRET.slice(0, at)}`, `${SECRET.slice(at)} after`);
    expect(atob(body)).toBe(`before ${TEXT} after`);
  });

  test('has none in base64 either, byte by byte', async () => {
    const encoded = btoa(SECRET);
    const { body } = await reply(`${OK}\r\n`, ...encoded);
    expect(atob(body)).toBe(TEXT);
  });

  test('has none in any header, however often it stands there', async () => {
    const { headers } = await reply(
      `${OK}x-a: ${SECRET}${SECRET}\r\nset-cookie: t=${SECRET}\r\nset-cookie: u=${btoa(SECRET)}\r\n\r\n`,
    );
    expect(headers).toEqual([
      ['x-a', TEXT + TEXT],
      ['set-cookie', `t=${TEXT}`],
      ['set-cookie', `u=${TEXT}`],
    ]);
  });

  test.each([
    ['headers over 32 KiB', `${OK}x: ${'y'.repeat(40_000)}\r\n\r\n`],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two lengths', `${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`],
    ['a length and chunks', `${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk that lies', `${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    ['less than it promised', `${OK}content-length: 10\r\n\r\nshort`],
    ['nothing', ''],
  ])('as %s is egress/failed', async (_, text) => {
    await expect(reply(text)).rejects.toThrow(code('egress/failed'));
  });

  test('is at most 2 MiB: a server that never stops is cut off', async () => {
    rawReply = (socket) => {
      socket.write(`${OK}\r\n`);
      const more = () => {
        if (!socket.destroyed && socket.write(Buffer.alloc(65_536))) setImmediate(more);
        else socket.once('drain', more);
      };
      more();
    };
    await expect(fetch({ url: `${rawOrigin}/v1/x` })).rejects.toThrow(code('limit/message'));
    const whole = await reply(`${OK}content-length: ${BODY_MAX_BYTES}\r\n\r\n`, 'x'.repeat(BODY_MAX_BYTES));
    expect(Buffer.byteLength(whole.body, 'base64')).toBe(BODY_MAX_BYTES);
  });
});

describe('a name', () => {
  test('is looked up once for each hop, and the request goes to just the address that was checked', async () => {
    const port = new URL(origin).port;
    const named: HttpGrant = { ...grant(), origins: [`http://localhost:${port}`] };
    const asked: string[] = [];
    const resolve = async (host: string): Promise<HostAddress[]> => {
      asked.push(host);
      return [{ address: '127.0.0.1', family: 4 }];
    };
    await fetch({ path: via('/v1/end') }, { grants: [named], resolve });
    expect(asked).toEqual(['localhost', 'localhost']);
    expect(seen.every(({ rawHeaders }) => rawHeaders.includes(`localhost:${port}`))).toBe(true);
  });

  test.skipIf(process.platform !== 'linux')(
    'leads where it was looked up, not where the system would say (127.0.0.2 is this machine on Linux alone)',
    async () => {
      const other = createServer((_request, response) => response.end('pinned'));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.2', resolve));
      const named: HttpGrant = { ...grant(), origins: [`http://localhost:${(other.address() as AddressInfo).port}`] };
      const resolve = async (): Promise<HostAddress[]> => [{ address: '127.0.0.2', family: 4 }];
      const { body } = await fetch({ path: '/v1/x' }, { grants: [named], resolve });
      expect(atob(body)).toBe('pinned');
      other.close();
    },
  );

  test('that changes its meaning between two hops is refused at the second', async () => {
    const named: HttpGrant = { ...grant(), origins: [`http://localhost:${new URL(origin).port}`] };
    let times = 0;
    const resolve = async (): Promise<HostAddress[]> => [
      { address: times++ === 0 ? '127.0.0.1' : '169.254.169.254', family: 4 },
    ];
    await expect(fetch({ path: via('/v1/end') }, { grants: [named], resolve })).rejects.toThrow(
      code('egress/address-denied'),
    );
    expect(seen).toHaveLength(1);
  });
});
