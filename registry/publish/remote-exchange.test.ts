import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { samplePack } from '../testing/sample-registry.ts';
import { RemoteRegistry } from './remote-registry.ts';
import { decodeSubmission } from './submission.ts';

const PACK = samplePack();
const PIN = { digest: PACK.digest, kind: 'manifests' as const };
const submission = { role: Buffer.from('role'), documents: new Map([[PACK.name, Buffer.from('document')]]) };

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A server that answers as it is told, and keeps what it was asked. */
async function answering(answer: Answer) {
  const asked: { method: string; url: string; headers: IncomingMessage['headers']; body: Buffer }[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
    answer(request, response, body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { asked, store: new RemoteRegistry({ url, account: 'ann', token: 't:oken' }), [Symbol.asyncDispose]: close };
}
const saying =
  (status: number, body: string | Buffer = ''): Answer =>
  (_, response) =>
    response.writeHead(status).end(body);
const failing = (status: number, error: object) => saying(status, JSON.stringify({ errors: [error] }));

const CALLS: readonly [what: string, call: (store: RemoteRegistry) => Promise<unknown>][] = [
  ['a file of the index', (store) => store.metadata('1.root.json', 1000)],
  ['a manifest', (store) => store.pull('acme/state/memory', PIN, 1000)],
  ['a change of a namespace', (store) => store.submit('acme', submission)],
];

describe('what a served registry is asked', () => {
  test('goes out with the account and its token, by the path each thing has', async () => {
    await using there = await answering(saying(200, '{"timestamp":1,"snapshot":1}'));
    for (const [, call] of CALLS) await call(there.store);
    expect(there.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /tuf/1.root.json',
      `GET /v2/acme/state/memory/manifests/${PACK.digest}`,
      'POST /index/acme',
    ]);
    const authorization = `Basic ${Buffer.from('ann:t:oken').toString('base64')}`;
    expect(there.asked.every(({ headers }) => headers.authorization === authorization)).toBe(true);
    expect(decodeSubmission(there.asked.at(-1)?.body ?? Buffer.alloc(0))).toEqual(submission);
  });

  test('gives the bytes as they came, whatever they are: who asked checks them', async () => {
    await using there = await answering(saying(200, Buffer.from([0, 255, 13, 10])));
    expect(await there.store.pull('acme/state/memory', PIN, 4)).toEqual(Buffer.from([0, 255, 13, 10]));
    expect(await there.store.metadata('1.root.json', 4)).toEqual(Buffer.from([0, 255, 13, 10]));
  });

  test('a file of the index that is not there is none; a blob that is not there is missing', async () => {
    await using there = await answering(saying(404));
    expect(await there.store.metadata('2.root.json', 1000)).toBeUndefined();
    await expect(there.store.pull('acme/state/memory', PIN, 1000)).rejects.toMatchObject({
      code: 'registry/incomplete',
    });
  });

  test.each([
    [undefined, 'POST', `blobs/uploads/?digest=${digestOf('part')}`, 'application/octet-stream'],
    ['application/x', 'PUT', `manifests/${digestOf('part')}`, 'application/x'],
  ])(
    'a part of media type %s is stored with %s, after asking whether it is there',
    async (manifest, method, path, type) => {
      await using there = await answering(({ method: how }, response) =>
        response.writeHead(how === 'HEAD' ? 404 : 201).end(),
      );
      await there.store.push('acme/state/memory', { bytes: Buffer.from('part'), ...(manifest && { manifest }) });
      const [head, stored] = there.asked;
      expect([head?.method, stored?.method, stored?.url]).toEqual(['HEAD', method, `/v2/acme/state/memory/${path}`]);
      expect([stored?.headers['content-type'], stored?.body.toString()]).toEqual([type, 'part']);
    },
  );

  test('a part that is there is not sent again', async () => {
    await using there = await answering(saying(200));
    await there.store.push('acme/state/memory', { bytes: Buffer.from('part') });
    expect(there.asked.map(({ method }) => method)).toEqual(['HEAD']);
  });
});

describe('what a served registry answers', () => {
  test.each([
    [401, 'registry/access-denied'],
    [403, 'registry/access-denied'],
    [429, 'registry/access-denied'],
    [400, 'registry/unreachable'],
    [500, 'registry/unreachable'],
    [503, 'registry/unreachable'],
    [204, 'registry/unreachable'],
  ])('with %d is %s, for everything that is asked', async (status, code) => {
    await using there = await answering(saying(status));
    for (const [, call] of CALLS) await expect(call(there.store)).rejects.toMatchObject({ code });
  });

  test('with a code of the product is that error, with its hint', async () => {
    const detail = { code: 'pack/version-exists', message: 'It is there.', hint: 'Publish a new one.' };
    await using there = await answering(failing(409, { detail }));
    await expect(there.store.submit('acme', submission)).rejects.toMatchObject(detail);
  });

  test.each<[string, object]>([
    ['a code that nobody knows', { detail: { code: 'evil/code', message: 'm', hint: 'h' }, message: 'said' }],
    [
      'a code that is a name of every object',
      { detail: { code: 'constructor', message: 'm', hint: 'h' }, message: 'said' },
    ],
    ['a detail of another form', { detail: 'text', message: 'said' }],
    ['a message alone', { message: 'said' }],
  ])('with %s is told by its status', async (_, error) => {
    await using there = await answering(failing(403, error));
    const refusal = { code: 'registry/access-denied', message: 'The registry answers 403: said' };
    await expect(there.store.submit('acme', submission)).rejects.toMatchObject(refusal);
  });

  test.each([
    ['no JSON', '<html>'],
    ['an error list that is empty', '{"errors":[]}'],
    ['a message of any length', JSON.stringify({ errors: [{ message: 'x'.repeat(2001) }] })],
    ['more than an answer may have', 'x'.repeat(70_000)],
  ])('with %s is told by its status alone', async (_, body) => {
    await using there = await answering(saying(500, body));
    const refusal = { code: 'registry/unreachable', message: 'The registry answers 500: nothing more' };
    await expect(there.store.submit('acme', submission)).rejects.toMatchObject(refusal);
  });

  test.each(['', 'x', '{}', '{"timestamp":1}', '{"timestamp":"1","snapshot":1}', '{"timestamp":1.5,"snapshot":1}'])(
    'to a change with %j is no answer',
    async (body) => {
      await using there = await answering(saying(200, body));
      await expect(there.store.submit('acme', submission)).rejects.toMatchObject({ code: 'registry/unreachable' });
    },
  );

  test('with more than was asked for is not read on', async () => {
    await using there = await answering(saying(200, 'x'.repeat(11)));
    for (const read of [
      (most: number) => there.store.pull('acme/state/memory', PIN, most),
      (most: number) => there.store.metadata('1.root.json', most),
    ]) {
      await expect(read(10)).rejects.toMatchObject({ code: 'registry/unreachable' });
      expect((await read(11))?.byteLength).toBe(11);
    }
  });

  test('by breaking off is registry/unreachable', async () => {
    await using there = await answering((_, response) => response.destroy());
    for (const [, call] of CALLS)
      await expect(call(there.store)).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('by breaking off in the middle is registry/unreachable as well', async () => {
    await using there = await answering((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('half', () => response.destroy());
    });
    await expect(there.store.pull('acme/state/memory', PIN, 1000)).rejects.toMatchObject({
      code: 'registry/unreachable',
    });
  });
});
