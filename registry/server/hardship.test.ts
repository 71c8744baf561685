import { randomBytes } from 'node:crypto';
import { readdir, readFile, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { blobPath } from '../layout/image-layout.ts';
import { addAccount, removeAccount } from './account.ts';
import { ServedRegistry } from './testing/served-registry.ts';

const REPOSITORY = 'acme/tools/x';

/** An upload of one chunk that is not ended yet: where it goes on. */
async function uploaded(served: ServedRegistry, bytes: Buffer<ArrayBuffer>): Promise<string> {
  const started = await served.fetch('acme', `/v2/${REPOSITORY}/blobs/uploads/`, { method: 'POST' });
  const sent = await served.fetch('acme', started.headers.get('location') ?? '', { method: 'PATCH', body: bytes });
  expect(sent.status).toBe(202);
  return sent.headers.get('location') ?? '';
}

const end = (location: string, digest: string) => `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;

describe('an upload of which the disk lost a part', () => {
  test('is not taken, and does no harm to the same blob that is there already', async () => {
    await using served = await ServedRegistry.start();
    const bytes = randomBytes(100_000) as Buffer<ArrayBuffer>;
    const digest = digestOf(bytes);
    const first = await served.fetch('acme', end(await uploaded(served, bytes), digest), { method: 'PUT' });
    expect(first.status).toBe(201);
    const location = await uploaded(served, bytes);
    const [file = ''] = await readdir(join(served.folder, 'uploads'));
    await truncate(join(served.folder, 'uploads', file), 60_000);
    const refused = await served.fetch('acme', end(location, digest), { method: 'PUT' });
    expect(refused.status).toBe(500);
    expect(digestOf(await readFile(blobPath(served.folder, digest)))).toBe(digest);
    expect(await readdir(join(served.folder, 'uploads'))).toEqual([]);
  });
});

describe('a bearer token that somebody else got hold of', () => {
  async function stolen(served: ServedRegistry): Promise<RequestInit> {
    const response = await served.fetch('acme', `/token?scope=repository:${REPOSITORY}:pull,push`);
    const { token } = (await response.json()) as { token: string };
    return { headers: { Authorization: `Bearer ${token}` } };
  }

  test('makes no further token, and so ends in five minutes', async () => {
    await using served = await ServedRegistry.start();
    const init = await stolen(served);
    expect((await served.fetch('nobody', `/token?scope=repository:${REPOSITORY}:pull`, init)).status).toBe(401);
  });

  test('nor where anybody may read', async () => {
    await using served = await ServedRegistry.start({ publicRead: true });
    const init = await stolen(served);
    expect((await served.fetch('nobody', `/token?scope=repository:${REPOSITORY}:pull`, init)).status).toBe(401);
  });

  test('ends when the account is made anew, whose token is another', async () => {
    await using served = await ServedRegistry.start();
    const init = await stolen(served);
    expect((await served.fetch('nobody', '/v2/', init)).status).toBe(200);
    await removeAccount(served.folder, 'acme');
    await addAccount(served.folder, { name: 'acme', role: 'owner', namespaces: ['acme'], now: new Date() });
    expect((await served.fetch('nobody', '/v2/', init)).status).toBe(401);
  });
});

describe('a client that asks and does not read', () => {
  test('is cut off, and others get its place', async () => {
    await using served = await ServedRegistry.start({ publicRead: true, limits: { connections: 1, quietMs: 300 } });
    const bytes = randomBytes(32 * 2 ** 20) as Buffer<ArrayBuffer>;
    const digest = digestOf(bytes);
    const path = `/v2/${REPOSITORY}/blobs/uploads/?digest=${digest}`;
    const pushed = await served.fetch('acme', path, { method: 'POST', body: bytes, headers: { Connection: 'close' } });
    expect(pushed.status).toBe(201);
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    socket.pause();
    socket.write(`GET /v2/${REPOSITORY}/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const asked = new Promise<void>((resolve) => socket.once('ready', () => resolve()));
    await asked;
    await expect
      .poll(
        () =>
          served.fetch('nobody', '/v2/').then(
            (answer) => answer.status,
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(200);
    socket.destroy();
  });
});
