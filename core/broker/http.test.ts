import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BODY_MAX_BYTES, type HttpCall, HttpEgress } from './http.ts';
import type { HttpGrant } from './http-grant.ts';
import { type Placeholder, placeholderText } from './placeholder.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const SECRET = 'canary-5ecret';
const nonce = 'a'.repeat(32);

let server: Server;
let origin: string;
let elsewhere: Server;
let elsewhereOrigin: string;
const seen: string[] = [];

const ROUTES: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/v1/echo': (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const both = { headers: request.headers, body, encoded: Buffer.from(SECRET).toString('base64') };
      response.setHeader('x-echo', String(request.headers['authorization'] ?? ''));
      response.end(JSON.stringify(both));
    });
  },
  '/v1/away': (_request, response) => response.writeHead(302, { location: `${elsewhereOrigin}/v1/echo` }).end(),
  '/v1/out-of-path': (_request, response) => response.writeHead(302, { location: '/admin' }).end(),
  '/v1/metadata': (_request, response) => response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end(),
  '/v1/around': (_request, response) => response.writeHead(302, { location: '/v1/echo' }).end(),
  '/v1/loop': (_request, response) => response.writeHead(302, { location: '/v1/loop' }).end(),
  '/v1/huge': (_request, response) => response.end(Buffer.alloc(BODY_MAX_BYTES + 1)),
  '/v1/hang': () => undefined,
};

function start(): Promise<{ server: Server; origin: string }> {
  const created = createServer((request, response) => {
    seen.push(`${request.method} ${request.headers.host}${request.url}`);
    const route = ROUTES[request.url?.split('?')[0] ?? ''];
    if (route === undefined) response.writeHead(404).end();
    else route(request, response);
  });
  return new Promise((resolve) => {
    created.listen(0, '127.0.0.1', () => {
      resolve({ server: created, origin: `http://127.0.0.1:${(created.address() as AddressInfo).port}` });
    });
  });
}

beforeAll(async () => {
  ({ server, origin } = await start());
  ({ server: elsewhere, origin: elsewhereOrigin } = await start());
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  elsewhere.close();
});

const grants = (): HttpGrant[] => [
  { kind: 'http', binding: 'api', origins: [origin], methods: ['GET', 'POST'], paths: ['/v1/*'] },
  { kind: 'http', binding: 'other', origins: ['https://other.example.com'], methods: ['GET'], paths: ['/**'] },
];
const placeholder: Placeholder = {
  binding: 'token',
  towards: 'api',
  text: placeholderText('token', nonce),
  value: Buffer.from(SECRET),
};

function fetch(call: Partial<HttpCall>, placeholders: Placeholder[] = [placeholder], resolve?: () => Promise<never[]>) {
  const egress = new HttpEgress(grants(), async () => placeholders, resolve);
  const full = { method: 'GET', headers: [], body: null, redirect: 'follow' as const, ...call };
  return egress.fetch(full, AbortSignal.timeout(5000));
}

describe('http egress', () => {
  test('sends a granted request and gives back what came', async () => {
    const reply = await fetch({ binding: 'api', path: '/v1/echo', method: 'POST', body: btoa('hello') });
    expect(reply.status).toBe(200);
    expect(JSON.parse(atob(reply.body))).toMatchObject({ body: 'hello', headers: { 'content-length': '5' } });
  });

  test.each([
    ['another host', { url: 'https://example.com/v1/echo' }],
    ['another port', { url: 'http://127.0.0.1:1/v1/echo' }],
    ['the metadata address', { url: 'http://169.254.169.254/latest/meta-data' }],
    ['another path', { binding: 'api', path: '/v2/echo' }],
    ['a deeper path', { binding: 'api', path: '/v1/a/b' }],
    ['another method', { binding: 'api', path: '/v1/echo', method: 'DELETE' }],
    ['a step up in disguise', { binding: 'api', path: '/v1/%2e%2e' }],
    ['an encoded slash', { binding: 'api', path: '/v1/a%2fb' }],
    ['a user in the address', { binding: 'api', url: 'http://user:pw@127.0.0.1/v1/echo' }],
    ['an unknown binding', { binding: 'nope', path: '/v1/echo' }],
    ['a file', { url: 'file:///etc/passwd' }],
  ])('%s is refused with permission/denied, and nothing is sent', async (_name, call) => {
    seen.length = 0;
    await expect(fetch(call)).rejects.toThrow(code('permission/denied'));
    expect(seen).toEqual([]);
  });

  test('a granted name that leads inside is refused, and nothing is sent', async () => {
    seen.length = 0;
    const rebound = async () => [{ address: '127.0.0.1', family: 4 }] as never[];
    await expect(fetch({ binding: 'other', path: '/x' }, [], rebound)).rejects.toThrow(code('egress/address-denied'));
    expect(seen).toEqual([]);
  });

  test.each(['/v1/away', '/v1/out-of-path', '/v1/metadata', '/v1/loop'])(
    'the redirect of %s, off the grant or without end, is refused',
    async (path) => {
      await expect(fetch({ binding: 'api', path })).rejects.toThrow(code('egress/redirect-denied'));
      expect(seen.filter((line) => line.includes('/admin'))).toEqual([]);
    },
  );

  test('a redirect within the grant is followed, unless the pack says otherwise', async () => {
    const followed = await fetch({ binding: 'api', path: '/v1/around' });
    expect([followed.status, followed.url]).toEqual([200, `${origin}/v1/echo`]);
    expect((await fetch({ binding: 'api', path: '/v1/around', redirect: 'manual' })).status).toBe(302);
    await expect(fetch({ binding: 'api', path: '/v1/around', redirect: 'error' })).rejects.toThrow(
      code('egress/redirect-denied'),
    );
  });

  test('a secret goes out in place of its placeholder, and an echo of it comes back as the placeholder', async () => {
    const headers: [string, string][] = [['Authorization', `Bearer ${placeholder.text}`]];
    const reply = await fetch({
      binding: 'api',
      path: '/v1/echo',
      method: 'POST',
      headers,
      body: btoa(placeholder.text),
    });
    const body = atob(reply.body);
    expect(JSON.stringify(reply) + body).not.toContain(SECRET);
    expect(body).not.toContain(btoa(SECRET));
    expect(JSON.parse(body)).toMatchObject({ body: placeholder.text, encoded: placeholder.text });
    expect(reply.headers).toContainEqual(['x-echo', `Bearer ${placeholder.text}`]);
  });

  test('a secret granted towards another destination is refused, and nothing is sent', async () => {
    seen.length = 0;
    const foreign = { ...placeholder, towards: 'other' };
    const headers: [string, string][] = [['authorization', foreign.text]];
    await expect(fetch({ binding: 'api', path: '/v1/echo', headers }, [foreign])).rejects.toThrow(
      code('permission/denied'),
    );
    await expect(
      fetch({ binding: 'api', path: '/v1/echo', method: 'POST', body: btoa(foreign.text) }, [foreign]),
    ).rejects.toThrow(code('permission/denied'));
    expect(seen).toEqual([]);
  });

  test('a placeholder in a URL is refused: URLs end up in logs', async () => {
    const path = `/v1/echo?token=${placeholder.text}`;
    await expect(fetch({ binding: 'api', path })).rejects.toThrow(code('permission/denied'));
  });

  test('a header that would split the request is refused', async () => {
    const headers: [string, string][] = [['x-a', 'b\r\nx-injected: 1']];
    await expect(fetch({ binding: 'api', path: '/v1/echo', headers })).rejects.toThrow(code('input/invalid'));
  });

  test('host, length and encoding are the broker’s own', async () => {
    const headers: [string, string][] = [
      ['Host', 'evil.example.com'],
      ['Content-Length', '999'],
      ['Transfer-Encoding', 'chunked'],
    ];
    const reply = await fetch({ binding: 'api', path: '/v1/echo', method: 'POST', headers, body: btoa('x') });
    const received = (JSON.parse(atob(reply.body)) as { headers: Record<string, string> }).headers;
    expect(received['host']).toBe(new URL(origin).host);
    expect(received['content-length']).toBe('1');
    expect(received).not.toHaveProperty('transfer-encoding');
  });

  test('a reply over the limit is refused with limit/message', async () => {
    await expect(fetch({ binding: 'api', path: '/v1/huge' })).rejects.toThrow(code('limit/message'));
  });

  test('a cancelled request ends at once', async () => {
    const abort = new AbortController();
    const egress = new HttpEgress(grants(), async () => [], undefined);
    const call = {
      binding: 'api',
      path: '/v1/hang',
      method: 'GET',
      headers: [],
      body: null,
      redirect: 'follow',
    } as const;
    const pending = egress.fetch({ ...call, headers: [] }, abort.signal);
    const arrived = new Promise((resolve) => server.once('request', resolve));
    await arrived;
    abort.abort();
    await expect(pending).rejects.toThrow(code('call/cancelled'));
  });
});
