import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { sampleBundle } from './testing/sample-bundle.ts';
import { SupervisorBed } from './testing/supervisor-bed.ts';
import { observeWorker } from './witness.ts';

const { digest: bundleDigest } = sampleBundle('');
const expected = { revision: 'desk.acme.1', bundleDigest };
const how = { nonce: 'abcdefghijklmnop', deadlineMs: 2000, now: () => new Date(0) };
const claim = { ...expected, bootId: '6f2b7c1e-9f0a-4c5d-8e3f-0123456789ab', nonce: how.nonce, pid: 1 };

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serveClaim = (answer: unknown) => serve((_request, response) => response.end(JSON.stringify(answer)));

describe('a witness', () => {
  test('gives what the worker said of itself, and when', async () => {
    const endpoint = await serveClaim(claim);
    const { bootId } = claim;
    expect(await observeWorker(endpoint, expected, how)).toEqual({
      ...expected,
      bootId,
      observedAt: '1970-01-01T00:00:00.000Z',
    });
  });

  test('asks the worker’s own path with the nonce', async () => {
    const endpoint = await serve(({ url }, response) => {
      expect(url).toBe('/.well-known/greentic/worker?nonce=abcdefghijklmnop');
      response.end(JSON.stringify(claim));
    });
    await observeWorker(endpoint, expected, how);
  });

  test.each([
    ['revision', { revision: 'desk.acme.11' }],
    ['bundleDigest', { bundleDigest: `sha256:${'0'.repeat(64)}` }],
    ['nonce', { nonce: 'abcdefghijklmnopq' }],
  ])('refuses another %s with witness/mismatch', async (field, change) => {
    const seen = observeWorker(await serveClaim({ ...claim, ...change }), expected, how);
    await expect(seen).rejects.toMatchObject({ code: 'witness/mismatch', details: { field } });
  });

  test.each<[string, RequestListener]>([
    ['a status other than 200', (_request, response) => response.writeHead(404).end()],
    ['a redirect', (_request, response) => response.writeHead(302, { location: '/' }).end()],
    ['something that is not JSON', (_request, response) => response.end('hello')],
    ['JSON of another shape', (_request, response) => response.end('{"revision":"desk.acme.1"}')],
    ['more than 4 KiB', (_request, response) => response.end(JSON.stringify({ ...claim, more: 'x'.repeat(5000) }))],
    ['half an answer', (_request, response) => response.write('{', () => response.destroy())],
  ])('refuses %s with worker/failed', async (_what, listener) => {
    const seen = observeWorker(await serve(listener), expected, how);
    await expect(seen).rejects.toMatchObject({ code: 'worker/failed' });
  });

  test('does not wait longer than its deadline, nor for an answer in drops', async () => {
    const silent = observeWorker(await serve(() => undefined), expected, { ...how, deadlineMs: 50 });
    await expect(silent).rejects.toMatchObject({ code: 'worker/failed' });
    const drops = await serve((_request, response) => {
      const timer = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(timer));
    });
    await expect(observeWorker(drops, expected, { ...how, deadlineMs: 50 })).rejects.toMatchObject({
      code: 'worker/failed',
    });
  });

  test('says so when nobody listens', async () => {
    for (const endpoint of ['unix:/nowhere/w.sock', 'http://127.0.0.1:1']) {
      await expect(observeWorker(endpoint, expected, how)).rejects.toMatchObject({ code: 'worker/failed' });
    }
  });

  test('refuses an endpoint that is none with input/invalid', async () => {
    for (const endpoint of ['', 'unix:relative', 'https://example.test', 'http://example.test/path', 'file:///etc']) {
      await expect(observeWorker(endpoint, expected, how)).rejects.toMatchObject({ code: 'input/invalid' });
    }
  });

  test('sees a real worker, and tells two processes of it apart by their boot ids', async () => {
    await using bed = new SupervisorBed();
    await bed.open();
    const bundle = sampleBundle('export default { fetch: () => new Response("") };');
    const who = { revision: bundle.spec().revision, bundleDigest: bundle.digest };
    const endpoint = await bed.run(bundle);
    const first = await observeWorker(endpoint, who, how);
    expect(first).toMatchObject(who);
    await bed.supervisor.stop(who);
    await bed.reached(who.revision, 'defined');
    await bed.run(bundle);
    expect((await observeWorker(endpoint, who, how)).bootId).not.toBe(first.bootId);
    const wrong = { ...who, revision: 'desk.acme.2' };
    await expect(observeWorker(endpoint, wrong, how)).rejects.toMatchObject({ code: 'witness/mismatch' });
  });
});
