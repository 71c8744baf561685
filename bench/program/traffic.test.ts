import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { countTraffic } from './traffic.ts';

test('every connection and every datagram socket counts once, and every byte that a connection brings', async () => {
  const traffic = countTraffic();
  expect(traffic()).toEqual({ sockets: 0, bytes: 0 });
  const server = createServer((socket) => socket.end('twelve bytes'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(client.resume(), 'close');
    expect(traffic()).toEqual({ sockets: 1, bytes: 12 });
    createSocket('udp4').close();
    expect(traffic()).toEqual({ sockets: 2, bytes: 12 });
  } finally {
    server.close();
  }
});
