import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { countSockets } from './socket-count.ts';

test('every connection and every datagram socket counts once', async () => {
  const count = countSockets();
  expect(count()).toBe(0);
  const server = createServer((socket) => socket.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(client.resume(), 'close');
    expect(count()).toBe(1);
    createSocket('udp4').close();
    expect(count()).toBe(2);
  } finally {
    server.close();
  }
});
