import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Load } from './load.ts';

/** Loads a server until it has had so many requests; gives what came back. */
async function load(requests: number, answer: RequestListener) {
  let asked = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (++asked === requests) resolve();
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const running = new Load(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await promise;
  await running.stop();
  server.close();
  await once(server, 'close');
  return { running, asked };
}

const headers = (generation: number, revision: string) => ({
  'x-greentic-generation': String(generation),
  'x-greentic-revision': revision,
});

test('each answer is counted once, by its generation and then its revision', async () => {
  let turn = 0;
  const { running, asked } = await load(40, (_, response) => {
    turn++;
    response.writeHead(200, headers(turn % 2, `desk.acme.${turn % 4}`)).end('hello');
  });
  const counts = running.counts.byGeneration;
  expect([...counts.keys()].toSorted()).toEqual([0, 1]);
  expect([...(counts.get(0)?.keys() ?? [])].toSorted()).toEqual(['desk.acme.0', 'desk.acme.2']);
  expect(running.answered(0) + running.answered(1)).toBe(asked);
  expect(running.counts.lost).toBe(0);
  expect(running.answered(7)).toBe(0);
});

test.each<[what: string, answer: RequestListener]>([
  ['refused', (_, response) => response.writeHead(503, headers(1, 'a')).end()],
  ['cut off before its head', (request) => request.socket.destroy()],
  [
    'cut off in its body',
    (request, response) => {
      response.writeHead(200, { ...headers(1, 'a'), 'content-length': '100' });
      response.write('half');
      setImmediate(() => request.socket.destroy());
    },
  ],
])('a request that is %s is lost, once, and counted for no revision', async (_, answer) => {
  const { running, asked } = await load(12, answer);
  expect(running.counts.byGeneration.size).toBe(0);
  expect(running.counts.lost).toBe(asked);
});
