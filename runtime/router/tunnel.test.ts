import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { configOf, eventually, exchangeRaw, rawHead, Testbed } from './testbed.ts';

const upgrade = (protocol = 'websocket', ...more: string[]) =>
  rawHead(
    'GET /socket HTTP/1.1',
    'Host: a',
    'Connection: Upgrade',
    `Upgrade: ${protocol}`,
    'Sec-WebSocket-Key: abc',
    ...more,
  );

/** A router in front of a worker that switches and echoes in capitals. */
async function echoing(bed: Testbed) {
  const sockets: Socket[] = [];
  const seen: string[] = [];
  const worker = await bed.worker((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.headers.upgrade ?? 'plain'}`);
    response.end('plain');
  });
  worker.server.on('upgrade', (incoming, socket: Socket, head) => {
    sockets.push(socket);
    seen.push(`${incoming.headers['sec-websocket-key']} ${incoming.headers['x-greentic-customer']}`);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: xyz\r\n\r\nhello ',
    );
    const say = (data: Buffer) => socket.write(data.toString().toUpperCase());
    if (head.byteLength > 0) say(head);
    socket
      .on('data', say)
      .on('error', () => undefined)
      .on('end', () => socket.end());
  });
  bed.onClose(() => {
    for (const socket of sockets) socket.destroy();
  });
  const routed = await bed.router();
  routed.router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
  return { ...routed, sockets, seen, worker };
}

/** A client that collects what it gets. */
function client(bed: Testbed, port: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const got = { text: '', ended: false };
  socket.on('data', (chunk) => {
    got.text += String(chunk);
  });
  socket.on('end', () => {
    got.ended = true;
    socket.end();
  });
  socket.on('error', () => undefined);
  bed.onClose(() => socket.destroy());
  return { socket, got };
}

describe('a WebSocket', () => {
  test('is tunnelled both ways, bytes sent along with either head included', async () => {
    await using bed = new Testbed();
    const { port, seen } = await echoing(bed);
    const { socket, got } = client(bed, port);
    socket.write(`${upgrade()}early `);
    await eventually(() => got.text.endsWith('hello EARLY '));
    expect(got.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n/);
    expect(got.text).toMatch(/sec-websocket-accept: xyz\r\n/);
    expect(got.text).toMatch(/x-greentic-revision: shop\.acme\.1\r\n/);
    expect(seen).toEqual(['abc acme']);
    socket.write('late');
    await eventually(() => got.text.endsWith('LATE'));
    socket.end();
    await eventually(() => got.ended);
  });

  test('survives a dial move and the end of its revision’s endpoint in the configuration', async () => {
    await using bed = new Testbed();
    const { router, port } = await echoing(bed);
    const { socket, got } = client(bed, port);
    socket.write(upgrade());
    await eventually(() => got.text.endsWith('hello '));
    router.apply(configOf(2, { splitGeneration: 2, endpoints: {} }));
    socket.write('still');
    await eventually(() => got.text.endsWith('STILL'));
    expect(router.stats().upstreams).toBe(1);
    socket.end();
    await eventually(() => router.stats().upstreams === 0);
  });

  test('ends for the client when the worker dies, after all that was said has arrived', async () => {
    await using bed = new Testbed();
    const { port, sockets } = await echoing(bed);
    const { socket, got } = client(bed, port);
    socket.write(upgrade());
    await eventually(() => got.text.endsWith('hello '));
    sockets[0]?.end('x'.repeat(1_000_000));
    await eventually(() => got.ended);
    expect(got.text.endsWith('x'.repeat(1_000_000))).toBe(true);
  });

  test('ends for the worker when the client dies', async () => {
    await using bed = new Testbed();
    const { port, sockets } = await echoing(bed);
    const { socket, got } = client(bed, port);
    socket.write(upgrade());
    await eventually(() => got.text.endsWith('hello '));
    socket.destroy();
    await eventually(() => sockets[0]?.destroyed === true);
  });

  test('is broken at the end of the drain when the router closes', async () => {
    await using bed = new Testbed();
    const { router, port } = await echoing(bed);
    const { socket, got } = client(bed, port);
    socket.write(upgrade());
    await eventually(() => got.text.endsWith('hello '));
    const gone = once(socket, 'close');
    await router.close({ drainMs: 50 });
    socket.destroy();
    await gone;
    await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('that the worker refuses gets the worker’s answer, and the connection ends', async () => {
    await using bed = new Testbed();
    const worker = await bed.worker((_, response) =>
      response.writeHead(426, { 'content-type': 'text/plain' }).end('not here'),
    );
    const { router, port } = await bed.router();
    router.apply(configOf(1, { weights: { 1: 10_000 }, endpoints: { 1: worker.endpoint } }));
    const answer = await exchangeRaw(port, upgrade());
    expect(answer).toMatch(/^HTTP\/1\.1 426 [\s\S]*not here\r\n0\r\n\r\n$/);
    expect(answer).toMatch(/connection: close/i);
  });

  test('without a worker or a route gets the coded error', async () => {
    await using bed = new Testbed();
    const { router, port } = await bed.router({ limits: { retryAfterMs: 5 } });
    router.apply(
      configOf(1, { pathPrefix: '/socket', weights: { 1: 10_000 }, endpoints: { 1: 'http://127.0.0.1:9' } }),
    );
    expect(await exchangeRaw(port, upgrade())).toMatch(/^HTTP\/1\.1 502 [\s\S]*route\/upstream/);
    router.apply(configOf(2));
    expect(await exchangeRaw(port, upgrade())).toMatch(/^HTTP\/1\.1 404 [\s\S]*route\/none/);
  });
});

describe('what is not tunnelled', () => {
  test.each([
    ['h2c', upgrade('h2c', 'HTTP2-Settings: x')],
    ['another protocol', upgrade('foo')],
    ['a list of protocols', upgrade('websocket, h2c')],
    ['an upgrade with a body', `${upgrade('websocket', 'Content-Length: 5')}hello`],
  ])('%s is answered as a plain request, without Upgrade', async (_, bytes) => {
    await using bed = new Testbed();
    const { port, seen } = await echoing(bed);
    const answer = await exchangeRaw(port, bytes, 'plain');
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*plain/);
    expect(seen).toEqual(['GET plain']);
  });

  test('CONNECT opens nothing', async () => {
    await using bed = new Testbed();
    const { port, seen } = await echoing(bed);
    expect(await exchangeRaw(port, rawHead('CONNECT example.com:443 HTTP/1.1', 'Host: example.com:443'))).toBe('');
    expect(seen).toEqual([]);
  });
});
