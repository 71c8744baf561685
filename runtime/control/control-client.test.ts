import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectControl } from './control-client.ts';

let root: string;
let socket: string;
let server: Server | undefined;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-client-'));
  socket = path.join(root, 'c.sock');
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

/** A client of a process that answers like this. */
async function clientOf(listener: RequestListener) {
  server = createServer(listener);
  await once(server.listen(socket), 'listening');
  return connectControl(socket);
}

const answering = (status: number, body: unknown): RequestListener => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (_request, response) => response.writeHead(status).end(text);
};

const status = { environment: 'local', pid: 1, startedAt: '2026-01-01', generation: 1, listen: null, workers: [] };
const worker = { revision: 'r', bundleDigest: 'd', phase: 'running', endpoint: null, starts: 1, message: '' };

describe('who gives orders', () => {
  test('sends each to its own route, with the body’s exact length', async () => {
    const seen: unknown[] = [];
    const client = await clientOf((request, response) => {
      const { method, url, headers } = request;
      seen.push([method, url, headers['content-type'], headers['content-length']]);
      response.end(JSON.stringify(url === '/status' ? status : {}));
    });
    await client.status();
    await client.workers.start({ revision: 'désk' });
    await client.stop();
    expect(seen).toEqual([
      ['GET', '/status', 'application/json', '0'],
      ['POST', '/workers/start', 'application/json', String(Buffer.byteLength('{"revision":"désk"}'))],
      ['POST', '/stop', 'application/json', '2'],
    ]);
  });

  test('believes a status that says more, and no other answer that does', async () => {
    const client = await clientOf(answering(200, { ...status, router: { generation: 1 } }));
    expect(await client.status()).toMatchObject({ router: { generation: 1 } });
    await expect(client.workers.list()).rejects.toMatchObject({ code: 'internal/unforeseen' });
  });

  test.each<[string, unknown]>([
    ['no JSON', 'ok'],
    ['nothing', ''],
    ['another shape', { workers: {} }],
    ['a phase nobody knows', { workers: [{ ...worker, phase: 'happy' }] }],
    ['starts less than none', { workers: [{ ...worker, starts: -1 }] }],
    ['a worker with more to it', { workers: [{ ...worker, pid: 1 }] }],
    ['workers without end', { workers: Array.from({ length: 10_001 }, () => worker) }],
  ])('does not take %s for a list of workers', async (_what, body) => {
    const client = await clientOf(answering(200, body));
    await expect(client.workers.list()).rejects.toMatchObject({
      code: expect.stringMatching(/^internal\/unforeseen|runtime\/unreachable$/),
    });
  });

  test('does not take an acknowledgement without a generation', async () => {
    for (const body of [{}, { generation: 0 }, { generation: 1.5 }, { generation: 1, ok: true }]) {
      const client = await clientOf(answering(200, body));
      await expect(client.reload({ generation: 1 })).rejects.toMatchObject({ code: 'internal/unforeseen' });
      server?.close();
    }
  });

  test.each([
    ['a code of the table', { code: 'worker/not-found', message: 'm', hint: 'h' }, 'worker/not-found'],
    ['a code of no table', { code: 'worker/gone', message: 'm', hint: 'h' }, 'internal/unforeseen'],
    ['a code that every object has', { code: 'constructor', message: 'm', hint: 'h' }, 'internal/unforeseen'],
  ])('hears a refusal with %s as %j says', async (_what, error, code) => {
    const client = await clientOf(answering(404, { error }));
    await expect(client.status()).rejects.toMatchObject({ code, message: 'm', hint: 'h' });
  });

  test.each<[string, unknown]>([
    ['is none', {}],
    ['has no hint', { error: { code: 'worker/not-found', message: 'm' } }],
    ['has a number for its code', { error: { code: 404, message: 'm', hint: 'h' } }],
    ['is a page', '<html>Not found</html>'],
  ])('takes a refusal that %s for internal/unforeseen', async (_what, body) => {
    const client = await clientOf(answering(404, body));
    await expect(client.status()).rejects.toMatchObject({ code: 'internal/unforeseen' });
  });
});

describe('nobody is heard, with runtime/unreachable,', () => {
  const unreachable = expect.objectContaining({ code: 'runtime/unreachable', hint: 'Look at the log of gtc serve.' });

  test('who talks without end: the order ends after 1 MiB', async () => {
    const hungUp = Promise.withResolvers<void>();
    const client = await clientOf((_request, response) => {
      response.on('close', hungUp.resolve);
      response.write('x'.repeat(2 ** 20));
      response.write('x');
    });
    const refusal = client.status();
    await expect(refusal).rejects.toThrow(unreachable);
    await expect(refusal).rejects.toThrow('did not answer: The answer is too large.');
    await hungUp.promise;
  });

  test('who breaks off before an answer, or in the middle of one', async () => {
    const before = await clientOf((request) => request.socket.destroy());
    await expect(before.status()).rejects.toThrow(unreachable);
    server?.close();
    const amid = await clientOf((request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"environment":');
      setImmediate(() => request.socket.destroy());
    });
    await expect(amid.status()).rejects.toThrow(unreachable);
  });

  test('who does not speak HTTP', async () => {
    const client = await clientOf(() => undefined);
    server?.removeAllListeners('connection');
    server?.on('connection', (each) => each.end('hello\r\n'));
    await expect(client.status()).rejects.toThrow(unreachable);
  });

  test('where there is no folder, no socket, or something else in its place: then the hint is to start', async () => {
    writeFileSync(path.join(root, 'plain'), '');
    const places = [path.join(root, 'missing', 'c.sock'), socket, path.join(root, 'plain')];
    for (const place of places) {
      const refusal = { code: 'runtime/unreachable', hint: 'Start it: gtc serve <env>.' };
      await expect(connectControl(place).status()).rejects.toMatchObject(refusal);
    }
  });
});
