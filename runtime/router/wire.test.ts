import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { exchangeRaw, type Mirrored, mirror, rawHead, Testbed } from './testbed.ts';

/** Header lines by name, joined. */
function linesOf({ rawHeaders }: Mirrored): Record<string, string> {
  const lines: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) lines[rawHeaders[i]?.toLowerCase() ?? ''] = rawHeaders[i + 1] ?? '';
  return lines;
}

describe('header lines to the worker', () => {
  test('hop-by-hop lines and those Connection names are not forwarded; end-to-end ones are, in order', async () => {
    await using bed = new Testbed();
    const { port } = await bed.inFront(mirror);
    const answer = await exchangeRaw(
      port,
      rawHead(
        'GET /a?b=c HTTP/1.1',
        'Host: shop.example',
        'Connection: close, X-Secret-Hop',
        'X-Secret-Hop: 1',
        'Keep-Alive: timeout=5',
        'Proxy-Connection: keep-alive',
        'Proxy-Authorization: Basic x',
        'TE: trailers',
        'Trailer: x',
        'Upgrade: h2c',
        'HTTP2-Settings: x',
        'X-Kept: one',
        'X-Kept: two',
      ),
    );
    const mirrored = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as Mirrored;
    expect(mirrored).toMatchObject({ method: 'GET', url: '/a?b=c' });
    const lines = linesOf(mirrored);
    for (const gone of [
      'x-secret-hop',
      'keep-alive',
      'proxy-connection',
      'proxy-authorization',
      'te',
      'trailer',
      'upgrade',
      'http2-settings',
    ]) {
      expect(lines).not.toHaveProperty(gone);
    }
    expect(lines['host']).toBe('shop.example');
    const kept = mirrored.rawHeaders.filter((_, i) => mirrored.rawHeaders[i - 1] === 'x-kept');
    expect(kept).toEqual(['one', 'two']);
  });

  test('what a client claims about itself is replaced by what the router knows', async () => {
    await using bed = new Testbed();
    const { origin } = await bed.inFront(mirror);
    const { body } = await request(`${origin}/`, {
      headers: {
        forwarded: 'for=1.2.3.4',
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.example',
        'x-real-ip': '1.2.3.4',
        'x-greentic-customer': 'other',
        'x-greentic-deployment': 'other',
        'x-greentic-revision': 'shop.acme.9',
        'x-greentic-anything': 'x',
        cookie: 'a=1; gt_rev_00000000=x; b=2',
      },
    });
    const lines = linesOf((await body.json()) as Mirrored);
    expect(lines).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(origin).host,
      'x-greentic-customer': 'acme',
      'x-greentic-deployment': 'shop.acme',
      'x-greentic-revision': 'shop.acme.1',
      cookie: 'a=1; b=2',
    });
    for (const gone of ['forwarded', 'x-real-ip', 'x-greentic-anything']) expect(lines).not.toHaveProperty(gone);
  });

  test('a Connection line cannot strip the lines the router writes', async () => {
    await using bed = new Testbed();
    const { port } = await bed.inFront(mirror);
    const answer = await exchangeRaw(
      port,
      `${rawHead('POST / HTTP/1.1', 'Host: a', 'Connection: close, host, content-length, x-forwarded-for, x-greentic-customer', 'Content-Length: 2')}hi`,
    );
    const mirrored = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)) as Mirrored;
    expect(mirrored.body).toBe('hi');
    expect(linesOf(mirrored)).toMatchObject({
      host: 'a',
      'content-length': '2',
      'x-forwarded-for': '127.0.0.1',
      'x-greentic-customer': 'acme',
    });
  });

  test('an absolute-form target overrides the Host line', async () => {
    await using bed = new Testbed();
    const { port } = await bed.inFront(mirror);
    const answer = await exchangeRaw(
      port,
      rawHead('GET http://real.example/x HTTP/1.1', 'Host: other.example', 'Connection: close'),
    );
    expect(answer).toContain('"url":"/x"');
    expect(answer).toContain('"host","real.example"');
    expect(answer).not.toContain('other.example');
  });
});

describe('header lines to the client', () => {
  test('hop-by-hop lines, those Connection names and forged ones of the router are removed, repeated ones kept', async () => {
    await using bed = new Testbed();
    const { origin } = await bed.inFront((_, response) => {
      response.writeHead(200, [
        ...[
          'connection',
          'keep-alive, x-hop',
          'x-hop',
          '1',
          'proxy-authenticate',
          'x',
          'set-cookie',
          'a=1',
          'set-cookie',
          'b=2',
        ],
        ...['x-greentic-revision', 'forged', 'x-greentic-other', 'forged', 'x-latin', 'caf\u00e9'],
      ]);
      response.end('ok');
    });
    const { headers } = await request(origin);
    expect(headers).toMatchObject({
      'x-greentic-revision': 'shop.acme.1',
      'x-greentic-generation': '5',
      'x-latin': 'caf\u00e9',
    });
    expect((headers['set-cookie'] as string[]).slice(0, 2)).toEqual(['a=1', 'b=2']);
    expect((headers['set-cookie'] as string[])[2]).toMatch(
      /^gt_rev_[0-9a-f]{8}=\S+; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax$/,
    );
    for (const gone of ['x-hop', 'proxy-authenticate', 'x-greentic-other']) expect(headers).not.toHaveProperty(gone);
  });

  test('behind TLS the cookie is Secure and the worker is told https', async () => {
    await using bed = new Testbed();
    const { origin } = await bed.inFront(mirror, { scheme: 'https' });
    const { headers, body } = await request(origin);
    expect(headers['set-cookie']).toMatch(/; Secure$/);
    expect(linesOf((await body.json()) as Mirrored)['x-forwarded-proto']).toBe('https');
  });

  test.each([
    ['HEAD', 200, { 'content-length': '5' }],
    ['GET', 204, {}],
    ['GET', 304, { etag: '"x"' }],
  ] as const)('%s answered with %i has no body and leaves the connection usable', async (method, status, headers) => {
    await using bed = new Testbed();
    const { port } = await bed.inFront((incoming, response) => {
      if (incoming.url === '/next') response.end('next');
      else response.writeHead(status, headers).end();
    });
    const answer = await exchangeRaw(
      port,
      rawHead(`${method} / HTTP/1.1`, 'Host: a') + rawHead('GET /next HTTP/1.1', 'Host: a', 'Connection: close'),
    );
    const [first = '', second = ''] = answer.split(/(?=HTTP\/1\.1 )/);
    expect(first).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(first.split('\r\n\r\n')[1]).toBe('');
    expect(second).toMatch(/^HTTP\/1\.1 200 [\s\S]*next$/);
    for (const [name, value] of Object.entries(headers)) expect(first).toContain(`${name}: ${value}`);
  });

  test('early hints and trailers pass', async () => {
    await using bed = new Testbed();
    const { port } = await bed.inFront((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(200, { trailer: 'x-sum, x-greentic-forged' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42', 'x-greentic-forged': '1' });
      response.end();
    });
    const answer = await exchangeRaw(port, rawHead('GET / HTTP/1.1', 'Host: a', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK/i);
    expect(answer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/);
  });

  test('an HTTP/1.0 client gets no chunks and no 1xx', async () => {
    await using bed = new Testbed();
    const { port } = await bed.inFront((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.write('one ');
      response.end('two');
    });
    const answer = await exchangeRaw(port, rawHead('GET / HTTP/1.0', 'Host: a'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer).toMatch(/\r\n\r\none two$/);
  });
});
