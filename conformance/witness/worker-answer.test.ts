import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askWorker } from './worker-answer.ts';

const answer = { revision: 'desk.acme.1', bundleDigest: 'sha256:a', bootId: 'boot', nonce: 'n' };

let folder: string;
let server: Server;
let respond: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kit-answer-'));
  server = createServer((request, response) => respond(request, response));
  respond = (_request, response) => response.end(JSON.stringify(answer));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function overTcp(): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function overSocket(): Promise<string> {
  const socket = path.join(folder, 's');
  server.listen(socket);
  await once(server, 'listening');
  return `unix:${socket}`;
}

describe('a worker is asked', () => {
  test.each([
    ['an address', overTcp],
    ['a socket', overSocket],
  ])('at %s', async (_where, listen) => {
    expect(await askWorker(await listen(), 'n')).toEqual(answer);
  });

  test('with its nonce as it is, whatever stands in it', async () => {
    const nonce = 'a b&nonce=other#/?é';
    respond = (request, response) => {
      const asked = new URL(request.url ?? '', 'http://worker').searchParams.getAll('nonce');
      response.end(JSON.stringify({ ...answer, nonce: asked.join('|') }));
    };
    expect((await askWorker(await overTcp(), nonce)).nonce).toBe(nonce);
  });

  test('at the root, whatever path the endpoint has', async () => {
    const paths: string[] = [];
    respond = (request, response) => {
      paths.push(request.url ?? '');
      response.end(JSON.stringify(answer));
    };
    await askWorker(`${await overTcp()}/somewhere/else?nonce=other`, 'n');
    expect(paths).toEqual(['/?nonce=n']);
  });

  test('and may say that it was asked nothing', async () => {
    respond = (_request, response) => response.end(JSON.stringify({ ...answer, nonce: null }));
    expect((await askWorker(await overTcp(), 'n')).nonce).toBeNull();
  });
});

describe('it is nobody', () => {
  const { nonce: _nonce, ...forgetful } = answer;

  test.each([
    ['says nothing', ''],
    ['says something else than JSON', 'hello'],
    ['gives a list', '[]'],
    ['leaves its nonce out', JSON.stringify(forgetful)],
    ['gives a number for its nonce', JSON.stringify({ ...answer, nonce: 1 })],
    ['says more than it was asked', JSON.stringify({ ...answer, pid: 1 })],
    ['talks too long', JSON.stringify({ ...answer, bootId: 'b'.repeat(4096) })],
  ])('that %s', async (_what, text) => {
    respond = (_request, response) => response.end(text);
    await expect(askWorker(await overTcp(), 'n')).rejects.toThrow();
  });

  test('that talks without end: the kit hangs up after 4 KiB', async () => {
    let hungUp: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    respond = (_request, response) => {
      response.on('close', hungUp);
      response.write('x'.repeat(8192));
    };
    await expect(askWorker(await overTcp(), 'n')).rejects.toThrow('The answer is too long.');
    await closed;
  });

  test('that breaks off in the middle of its answer', async () => {
    respond = (_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"revision":');
      setImmediate(() => response.destroy());
    };
    await expect(askWorker(await overTcp(), 'n')).rejects.toThrow();
  });

  test.each(['http://127.0.0.1:1', 'unix:/nowhere/at/all', 'nowhere', ''])(
    'at %j, where nobody listens',
    async (endpoint) => {
      await expect(askWorker(endpoint, 'n')).rejects.toThrow();
    },
  );
});
