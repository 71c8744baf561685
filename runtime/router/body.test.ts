import { once } from 'node:events';
import { connect } from 'node:net';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { eventually, exchangeRaw, mirror, rawHead, Testbed } from './testbed.ts';

describe('bodies', () => {
  test.each([
    ['of known length', { 'content-length': String(5 * 1024 * 1024) }],
    ['in chunks', {}],
  ])('5 MiB %s arrive whole, both ways', async (_, headers) => {
    await using bed = new Testbed();
    const { origin } = await bed.inFront((incoming, response) => void incoming.pipe(response));
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
    const { origin } = await bed.inFront((_, response) =>
      response.writeHead(200, { 'content-length': 256 }).end(bytes),
    );
    expect(Buffer.from(await (await request(origin)).body.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('a client that does not read stops the worker from sending: the router holds little', async () => {
    await using bed = new Testbed();
    let sent = 0;
    let stopped = false;
    const { port } = await bed.inFront((_, response) => {
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
    socket.write(rawHead('GET / HTTP/1.1', 'Host: a'));
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
    const { port } = await bed.inFront((incoming) => void incoming.pause(), { limits: { bodyBytes: 2 ** 30 } });
    const socket = connect(port, '127.0.0.1');
    bed.onClose(() => socket.destroy());
    socket.write(rawHead('POST / HTTP/1.1', 'Host: a', `Content-Length: ${2 ** 29}`));
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
    const { origin } = await bed.inFront(async (_, response) => {
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
    rawHead('POST / HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Connection: close', `Content-Length: ${length}`);

  test('gets 100 and then the answer', async () => {
    await using bed = new Testbed();
    const { port } = await bed.inFront(mirror);
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
    const { port } = await bed.inFront(mirror);
    const answer = await exchangeRaw(port, asking(10 * 1024 * 1024 + 1));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"input/too-large"');
  });
});
