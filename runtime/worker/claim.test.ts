import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerContext } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createListener } from './listener.ts';

const claim = { revision: 'desk.acme.1', bundleDigest: 'sha256:a', bootId: 'boot', pid: 7 };
const path = '/.well-known/greentic/worker';

let server: Server;
let handled: string[];
beforeEach(async () => {
  handled = [];
  const fetch = async (asked: Request) => {
    handled.push(new URL(asked.url).pathname);
    return new Response('the bundle');
  };
  server = createServer(createListener(claim, { fetch }, {} as WorkerContext, () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function ask(target: string, method = 'GET') {
  const { port } = server.address() as AddressInfo;
  const asking = request({ host: '127.0.0.1', port, path: target, method, agent: false }).end();
  const [response] = await once(asking, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode as number, headers: response.headers, text };
}

describe('a worker’s word on itself', () => {
  test.each(['n'.repeat(16), 'n'.repeat(64), 'AZaz09-_AZaz09-_'])(
    'repeats the nonce %s, and is never cached',
    async (nonce) => {
      const { status, headers, text } = await ask(`${path}?nonce=${nonce}`);
      expect([status, headers['cache-control'], headers['content-type']]).toEqual([
        200,
        'no-store',
        'application/json',
      ]);
      expect(JSON.parse(text)).toEqual({ ...claim, nonce });
      expect(handled).toEqual([]);
    },
  );

  test.each([
    ['no nonce', path],
    ['an empty nonce', `${path}?nonce=`],
    ['a short nonce', `${path}?nonce=${'n'.repeat(15)}`],
    ['a long nonce', `${path}?nonce=${'n'.repeat(65)}`],
    ['a nonce with more than letters', `${path}?nonce=${'n'.repeat(15)}%22`],
    ['more than a nonce', `${path}?nonce=${'n'.repeat(16)}&x=y`],
    ['something before the nonce', `${path}?x=y&nonce=${'n'.repeat(16)}`],
    ['a path below', `${path}/x?nonce=${'n'.repeat(16)}`],
  ])('with %s is 400, and no bundle is asked', async (_what, target) => {
    expect(await ask(target)).toMatchObject({ status: 400, text: '' });
    expect(handled).toEqual([]);
  });

  test.each(['/', '/.well-known/greentic', '/x/.well-known/greentic/worker', `/?nonce=${'n'.repeat(16)}`])(
    'is not asked for by %s, which is the bundle’s',
    async (target) => {
      expect(await ask(target)).toMatchObject({ status: 200, text: 'the bundle' });
      expect(handled).toHaveLength(1);
    },
  );
});
