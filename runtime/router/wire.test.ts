import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { configOf, eventually, exchangeRaw, Testbed } from './testbed.ts';

/** A router in front of one worker that gets all. */
async function inFront(
  bed: Testbed,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  options = {},
) {
  const worker = await bed.worker(listener);
  const routed = await bed.router(options);
  routed.router.apply(configOf(5, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
  return { ...routed, worker };
}

/** Answers with what arrived. */
function mirror(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString() }));
  });
}

interface Mirrored {
  method: string;
  url: string;
  rawHeaders: string[];
  body: string;
}

/** Header lines by name, joined. */
function linesOf({ rawHeaders }: Mirrored): Record<string, string> {
  const lines: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) lines[rawHeaders[i]?.toLowerCase() ?? ''] = rawHeaders[i + 1] ?? '';
  return lines;
}

const raw = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

describe('header lines to the worker', () => {
  test('hop-by-hop lines and those Connection names are not forwarded; end-to-end ones are, in order', async () => {
    await using bed = new Testbed();
    const { port } = await inFront(bed, mirror);
    const answer = await exchangeRaw(
      port,
      raw(
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
    const { origin } = await inFront(bed, mirror);
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
    const { port } = await inFront(bed, mirror);
    const answer = await exchangeRaw(
      port,
      `${raw('POST / HTTP/1.1', 'Host: a', 'Connection: close, host, content-length, x-forwarded-for, x-greentic-customer', 'Content-Length: 2')}hi`,
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
    const { port } = await inFront(bed, mirror);
    const answer = await exchangeRaw(
      port,
      raw('GET http://real.example/x HTTP/1.1', 'Host: other.example', 'Connection: close'),
    );
    expect(answer).toContain('"url":"/x"');
    expect(answer).toContain('"host","real.example"');
    expect(answer).not.toContain('other.example');
  });
});

describe('header lines to the client', () => {
  test('hop-by-hop lines, those Connection names and forged ones of the router are removed, repeated ones kept', async () => {
    await using bed = new Testbed();
    const { origin } = await inFront(bed, (_, response) => {
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
    const { origin } = await inFront(bed, mirror, { scheme: 'https' });
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
    const { port } = await inFront(bed, (incoming, response) => {
      if (incoming.url === '/next') response.end('next');
      else response.writeHead(status, headers).end();
    });
    const answer = await exchangeRaw(
      port,
      raw(`${method} / HTTP/1.1`, 'Host: a') + raw('GET /next HTTP/1.1', 'Host: a', 'Connection: close'),
    );
    const [first = '', second = ''] = answer.split(/(?=HTTP\/1\.1 )/);
    expect(first).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(first.split('\r\n\r\n')[1]).toBe('');
    expect(second).toMatch(/^HTTP\/1\.1 200 [\s\S]*next$/);
    for (const [name, value] of Object.entries(headers)) expect(first).toContain(`${name}: ${value}`);
  });

  test('early hints and trailers pass', async () => {
    await using bed = new Testbed();
    const { port } = await inFront(bed, (_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.writeHead(200, { trailer: 'x-sum, x-greentic-forged' });
      response.write('body');
      response.addTrailers({ 'x-sum': '42', 'x-greentic-forged': '1' });
      response.end();
    });
    const answer = await exchangeRaw(port, raw('GET / HTTP/1.1', 'Host: a', 'Connection: close'));
    expect(answer).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK/i);
    expect(answer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/);
  });

  test('an HTTP/1.0 client gets no chunks and no 1xx', async () => {
    await using bed = new Testbed();
    const { port } = await inFront(bed, (_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.write('one ');
      response.end('two');
    });
    const answer = await exchangeRaw(port, raw('GET / HTTP/1.0', 'Host: a'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer).toMatch(/\r\n\r\none two$/);
  });
});

describe('bodies', () => {
  test.each([
    ['of known length', { 'content-length': String(5 * 1024 * 1024) }],
    ['in chunks', {}],
  ])('5 MiB %s arrive whole, both ways', async (_, headers) => {
    await using bed = new Testbed();
    const { origin } = await inFront(bed, (incoming, response) => void incoming.pipe(response));
    const sent = Buffer.alloc(5 * 1024 * 1024, 'greentic');
    const body = (async function* () {
      for (let at = 0; at < sent.byteLength; at += 100_000) yield sent.subarray(at, at + 100_000);
    })();
    const response = await request(origin, { method: 'POST', headers, body: body as never });
    expect(Buffer.from(await response.body.arrayBuffer()).equals(sent)).toBe(true);
  });

  test('bytes of every value pass through a small answer unchanged', async () => {
    await using bed = new Testbed();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const { origin } = await inFront(bed, (_, response) =>
      response.writeHead(200, { 'content-length': 256 }).end(bytes),
    );
    expect(Buffer.from(await (await request(origin)).body.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('a client that does not read stops the worker from sending: the router holds little', async () => {
    await using bed = new Testbed();
    let sent = 0;
    let stopped = false;
    const { port } = await inFront(bed, (_, response) => {
      const piece = Buffer.alloc(64 * 1024);
      const more = () => {
        while (sent < 256 * 1024 * 1024) {
          sent += piece.byteLength;
          if (!response.write(piece)) {
            stopped = true;
            response.once('drain', () => {
              stopped = false;
              more();
            });
            return;
          }
        }
      };
      more();
    });
    const socket = connect(port, '127.0.0.1').pause();
    bed.onClose(() => socket.destroy());
    socket.write(raw('GET / HTTP/1.1', 'Host: a'));
    // The kernel's buffers fill first; then the worker's drain stays away for many turns of the loop.
    let quiet = 0;
    let before = -1;
    await eventually(() => {
      quiet = stopped && sent === before ? quiet + 1 : 0;
      before = sent;
      return quiet > 2_000;
    });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test('a worker that does not read stops the client from sending', async () => {
    await using bed = new Testbed();
    const { port } = await inFront(bed, (incoming) => void incoming.pause(), { limits: { bodyBytes: 2 ** 30 } });
    const socket = connect(port, '127.0.0.1');
    bed.onClose(() => socket.destroy());
    socket.write(raw('POST / HTTP/1.1', 'Host: a', `Content-Length: ${2 ** 29}`));
    const piece = Buffer.alloc(64 * 1024);
    let sent = 0;
    let blocked = false;
    const more = () => {
      blocked = false;
      while (!blocked && sent < 256 * 1024 * 1024) {
        sent += piece.byteLength;
        blocked = !socket.write(piece);
      }
    };
    socket.on('drain', more);
    more();
    let quiet = 0;
    let before = -1;
    await eventually(() => {
      quiet = blocked && sent === before ? quiet + 1 : 0;
      before = sent;
      return quiet > 2_000;
    });
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test('an answer with a piece every now and then arrives piece by piece, not at the end', async () => {
    await using bed = new Testbed();
    const go = Promise.withResolvers<void>();
    const { origin } = await inFront(bed, async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      await go.promise;
      response.end('data: 2\n\n');
    });
    const { body } = await request(origin);
    const pieces: string[] = [];
    for await (const piece of body) {
      pieces.push(String(piece));
      go.resolve();
    }
    expect(pieces).toEqual(['data: 1\n\n', 'data: 2\n\n']);
  });
});

describe('Expect: 100-continue', () => {
  const asking = (length: number) =>
    raw('POST / HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Connection: close', `Content-Length: ${length}`);

  test('gets 100 and then the answer', async () => {
    await using bed = new Testbed();
    const { port } = await inFront(bed, mirror);
    const socket = connect(port, '127.0.0.1');
    bed.onClose(() => socket.destroy());
    socket.write(asking(2));
    const [first] = await once(socket, 'data');
    expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('hi');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer).toContain('"body":"hi"');
    expect(answer).not.toContain('"expect"');
  });

  test('gets 413 without 100 for a body above the limit', async () => {
    await using bed = new Testbed();
    const { port } = await inFront(bed, mirror);
    const answer = await exchangeRaw(port, asking(10 * 1024 * 1024 + 1));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"input/too-large"');
  });
});
