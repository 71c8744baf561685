import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Digest, digestOf } from '@greentic/core';
import { describe, expect, test, vi } from 'vitest';
import { blobPath } from '../layout/image-layout.ts';
import { RegistryServer } from './registry-server.ts';
import { basic, ServedRegistry } from './testing/served-registry.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
type Who = Parameters<ServedRegistry['fetch']>[0];

async function pushBlob(
  served: ServedRegistry,
  who: Who,
  repository: string,
  bytes: Buffer<ArrayBuffer>,
): Promise<Response> {
  return await served.fetch(who, `/v2/${repository}/blobs/uploads/?digest=${digestOf(bytes)}`, {
    method: 'POST',
    body: bytes,
  });
}

async function codeOf(response: Response): Promise<string | undefined> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return errors[0]?.code;
}

const some = (size = 32) => randomBytes(size) as Buffer<ArrayBuffer>;
const start = (served: ServedRegistry, who: Who, repository: string) =>
  served.fetch(who, `/v2/${repository}/blobs/uploads/`, { method: 'POST' });

describe('who may do what', () => {
  test('without an account nothing is read, unless reading is public', async () => {
    await using closed = await ServedRegistry.start();
    const response = await closed.fetch('nobody', '/v2/');
    expect([response.status, await codeOf(response)]).toEqual([401, 'UNAUTHORIZED']);
    expect(response.headers.get('www-authenticate')).toContain(`Bearer realm="${closed.url}/token"`);
    expect((await closed.fetch('nobody', '/v2/acme/x/tags/list')).status).toBe(401);
    await using open = await ServedRegistry.start({ publicRead: true });
    await pushBlob(open, 'acme', 'acme/x', some());
    expect((await open.fetch('nobody', '/v2/acme/x/tags/list')).status).toBe(200);
  });

  test('public reading lets nobody write', async () => {
    await using served = await ServedRegistry.start({ publicRead: true });
    expect((await start(served, 'nobody', 'acme/x')).status).toBe(401);
    expect((await served.fetch('nobody', '/index/acme', { method: 'POST', body: '{}' })).status).toBe(401);
  });

  test('an owner writes under the namespace and nowhere else; a reader writes nowhere', async () => {
    await using served = await ServedRegistry.start();
    expect((await start(served, 'acme', 'acme/state/x')).status).toBe(202);
    for (const repository of ['other/x', 'acmes/x', 'x/acme']) {
      const response = await start(served, 'acme', repository);
      expect([response.status, await codeOf(response)]).toEqual([403, 'DENIED']);
    }
    expect((await start(served, 'guest', 'acme/x')).status).toBe(403);
    expect((await start(served, 'root', 'other/x')).status).toBe(202);
  });

  test('an upload is its account’s alone', async () => {
    await using served = await ServedRegistry.start();
    const location = (await start(served, 'acme', 'acme/x')).headers.get('location') ?? '';
    expect((await served.fetch('acme', location)).status).toBe(204);
    expect((await served.fetch('root', location, { method: 'DELETE' })).status).toBe(404);
    expect((await served.fetch('guest', location)).status).toBe(403);
  });

  test('failed logins are slowed down, and a right one waits with them', async () => {
    await using served = await ServedRegistry.start();
    const wrong = { headers: { Authorization: basic('acme', 'guess') } };
    for (let i = 0; i < 10; i++) expect((await served.fetch('nobody', '/v2/', wrong)).status).toBe(401);
    const response = await served.fetch('acme', '/v2/');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '6']);
  });

  test('no credential and no query is in the log', async () => {
    await using served = await ServedRegistry.start();
    await served.fetch('acme', '/v2/?secret=in-the-query');
    await served.fetch('nobody', '/v2/', { headers: { Authorization: basic('acme', 'a-wrong-secret') } });
    const text = JSON.stringify(served.log);
    expect(served.log.map(({ status, account }) => [status, account])).toEqual([
      [200, 'acme'],
      [401, undefined],
    ]);
    for (const secret of [
      served.tokens.acme,
      'a-wrong-secret',
      'in-the-query',
      Buffer.from(served.tokens.acme).toString('base64'),
    ])
      expect(text).not.toContain(secret);
  });
});

describe('bearer tokens', () => {
  async function tokenOf(served: ServedRegistry, who: Who, scope: string): Promise<RequestInit> {
    const response = await served.fetch(who, `/token?service=x&scope=${scope}`);
    const { token } = (await response.json()) as { token: string };
    return { headers: { Authorization: `Bearer ${token}` } };
  }

  test('a token is for what was asked and no more', async () => {
    await using served = await ServedRegistry.start();
    await pushBlob(served, 'acme', 'acme/x', some());
    await pushBlob(served, 'acme', 'acme/y', some());
    const init = await tokenOf(served, 'acme', 'repository:acme/x:pull');
    expect((await served.fetch('nobody', '/v2/', init)).status).toBe(200);
    expect((await served.fetch('nobody', '/v2/acme/x/tags/list', init)).status).toBe(200);
    const other = await served.fetch('nobody', '/v2/acme/y/tags/list', init);
    expect([other.status, other.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('scope="repository:acme/y:pull"'),
    ]);
    expect((await served.fetch('nobody', '/v2/acme/x/blobs/uploads/', { ...init, method: 'POST' })).status).toBe(401);
    expect((await served.fetch('nobody', '/index/acme', { ...init, method: 'POST', body: '{}' })).status).toBe(401);
  });

  test('a token is never for more than its account may do', async () => {
    await using served = await ServedRegistry.start();
    const init = await tokenOf(served, 'guest', 'repository:acme/x:pull,push,delete');
    expect((await served.fetch('nobody', '/v2/acme/x/blobs/uploads/', { ...init, method: 'POST' })).status).toBe(401);
  });

  test('a token ends after five minutes', async () => {
    let now = Date.now();
    await using served = await ServedRegistry.start({ now: () => new Date(now) });
    const init = await tokenOf(served, 'acme', 'repository:acme/x:pull');
    now += 299_000;
    expect((await served.fetch('nobody', '/v2/', init)).status).toBe(200);
    now += 2_000;
    expect((await served.fetch('nobody', '/v2/', init)).status).toBe(401);
  });

  test('nobody gets a token unless reading is public, and then for reading', async () => {
    await using closed = await ServedRegistry.start();
    expect((await closed.fetch('nobody', '/token?scope=repository:a/b:pull')).status).toBe(401);
    await using open = await ServedRegistry.start({ publicRead: true });
    await pushBlob(open, 'acme', 'acme/x', some());
    const init = await tokenOf(open, 'nobody', 'repository:acme/x:pull,push');
    expect((await open.fetch('nobody', '/v2/acme/x/tags/list', init)).status).toBe(200);
    expect((await open.fetch('nobody', '/v2/acme/x/blobs/uploads/', { ...init, method: 'POST' })).status).toBe(401);
  });
});

describe('bytes', () => {
  test('a blob that was changed on the disk is broken off, whole or in part, and logged', async () => {
    await using served = await ServedRegistry.start();
    const bytes = some(300_000);
    await pushBlob(served, 'acme', 'acme/x', bytes);
    const digest = digestOf(bytes);
    bytes[299_999] = (bytes[299_999] ?? 0) ^ 1;
    await writeFile(blobPath(served.folder, digest), bytes);
    for (const headers of [{}, { Range: 'bytes=0-9' }] as Record<string, string>[]) {
      const read = async () => (await served.fetch('acme', `/v2/acme/x/blobs/${digest}`, { headers })).arrayBuffer();
      await expect(read()).rejects.toThrow();
    }
    expect(served.log.at(-1)).toMatchObject({ code: 'DENIED', reason: expect.stringContaining('other bytes') });
  });

  test('a manifest that was changed on the disk is not sent', async () => {
    await using served = await ServedRegistry.start();
    const blob = some();
    await pushBlob(served, 'acme', 'acme/x', blob);
    const descriptor = { mediaType: 'application/x', digest: digestOf(blob), size: 32 };
    const body = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptor, layers: [] });
    const init = { method: 'PUT', body, headers: { 'Content-Type': IMAGE } };
    expect((await served.fetch('acme', '/v2/acme/x/manifests/v1', init)).status).toBe(201);
    await writeFile(blobPath(served.folder, digestOf(body)), body.replace('2', '3'));
    const read = async () => (await served.fetch('acme', '/v2/acme/x/manifests/v1')).text();
    await expect(read()).rejects.toThrow();
  });

  test('a deleted blob leaves the disk when no repository holds it any more', async () => {
    await using served = await ServedRegistry.start();
    const bytes = some();
    const digest = digestOf(bytes);
    for (const repository of ['acme/x', 'acme/y']) await pushBlob(served, 'acme', repository, bytes);
    const remove = (repository: string) =>
      served.fetch('acme', `/v2/${repository}/blobs/${digest}`, { method: 'DELETE' });
    await remove('acme/x');
    expect(existsSync(blobPath(served.folder, digest))).toBe(true);
    expect((await served.fetch('acme', `/v2/acme/y/blobs/${digest}`)).status).toBe(200);
    await remove('acme/y');
    expect(existsSync(blobPath(served.folder, digest))).toBe(false);
  });

  test('a blob is mounted only from where the caller may read', async () => {
    await using served = await ServedRegistry.start();
    const bytes = some();
    await pushBlob(served, 'root', 'other/x', bytes);
    const query = `scope=repository:acme/x:pull,push`;
    const { token } = (await (await served.fetch('acme', `/token?${query}`)).json()) as { token: string };
    const path = `/v2/acme/x/blobs/uploads/?mount=${digestOf(bytes)}&from=other/x`;
    const narrow = await served.fetch('nobody', path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(narrow.status).toBe(202);
    expect((await served.fetch('acme', path, { method: 'POST' })).status).toBe(201);
  });
});

describe('limits', () => {
  const tooLarge = async (served: ServedRegistry, path: string, init: RequestInit) => {
    const response = await served.fetch('acme', path, init);
    return [response.status, await codeOf(response)];
  };

  test('a blob that is too large is refused, announced or not, and leaves nothing', async () => {
    await using served = await ServedRegistry.start({ limits: { blobBytes: 100 } });
    const digest = digestOf(Buffer.alloc(101));
    const path = `/v2/acme/x/blobs/uploads/?digest=${digest}`;
    expect(await tooLarge(served, path, { method: 'POST', body: Buffer.alloc(101) })).toEqual([413, 'SIZE_INVALID']);
    const body = new Blob([Buffer.alloc(101)]).stream();
    expect(await tooLarge(served, path, { method: 'POST', body, duplex: 'half' } as RequestInit)).toEqual([
      413,
      'SIZE_INVALID',
    ]);
    expect(await readdir(join(served.folder, 'uploads'))).toEqual([]);
    expect((await pushBlob(served, 'acme', 'acme/x', some(100))).status).toBe(201);
  });

  test('a manifest of more than 4 MiB is refused', async () => {
    await using served = await ServedRegistry.start();
    const init = { method: 'PUT', body: Buffer.alloc(4 * 2 ** 20 + 1, 32), headers: { 'Content-Type': IMAGE } };
    expect(await tooLarge(served, '/v2/acme/x/manifests/v1', init)).toEqual([413, 'SIZE_INVALID']);
  });

  test('one account cannot take all uploads, and cancelled ones count no more', async () => {
    await using served = await ServedRegistry.start({ limits: { uploads: 4, uploadsPerAccount: 2 } });
    const first = await start(served, 'acme', 'acme/x');
    await start(served, 'acme', 'acme/x');
    expect((await start(served, 'acme', 'acme/x')).status).toBe(429);
    expect((await start(served, 'root', 'acme/x')).status).toBe(202);
    await served.fetch('acme', first.headers.get('location') ?? '', { method: 'DELETE' });
    expect((await start(served, 'acme', 'acme/x')).status).toBe(202);
  });

  test('an upload that rests too long is given up, with its file', async () => {
    let now = Date.now();
    await using served = await ServedRegistry.start({ now: () => new Date(now), limits: { idleMs: 1000 } });
    const location = (await start(served, 'acme', 'acme/x')).headers.get('location') ?? '';
    now += 1001;
    await start(served, 'acme', 'acme/y');
    expect((await served.fetch('acme', location)).status).toBe(404);
    expect(await readdir(join(served.folder, 'uploads'))).toHaveLength(1);
  });

  test('a client that drips its headers is cut off', async () => {
    await using served = await ServedRegistry.start({ limits: { headersMs: 200 } });
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a manifest nested too deep, or with a key that no object has, is refused', async () => {
    await using served = await ServedRegistry.start();
    for (const body of [`${'['.repeat(100_000)}`, '{"__proto__":{"schemaVersion":2}}', '{"schemaVersion":2}'])
      expect(
        await tooLarge(served, '/v2/acme/x/manifests/v1', { method: 'PUT', body, headers: { 'Content-Type': IMAGE } }),
      ).toEqual([400, 'MANIFEST_INVALID']);
  });

  test('an error that nobody foresaw is told without its message', async () => {
    await using served = await ServedRegistry.start();
    await pushBlob(served, 'acme', 'acme/x', some());
    const digest = digestOf('never stored') as Digest;
    await rm(join(served.folder, 'uploads'), { recursive: true });
    const response = await served.fetch('acme', `/v2/acme/x/blobs/uploads/?digest=${digest}`, {
      method: 'POST',
      body: 'x',
    });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain(served.folder);
    expect(served.log.at(-1)?.['cause']).toContain('ENOENT');
  });
});

describe('where it listens', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1', '::ffff:192.0.2.1', '128.0.0.1'])('without TLS not on %s', async (host) => {
    await expect(ServedRegistry.start({ host })).rejects.toMatchObject({ code: 'registry/tls-required' });
  });

  test('a port that is taken is told', async () => {
    await using served = await ServedRegistry.start();
    const port = Number(new URL(served.url).port);
    await expect(ServedRegistry.start({ port })).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('a folder that is not there is told, and not made', async () => {
    const folder = join(tmpdir(), 'no-such-registry');
    const options = { host: '127.0.0.1', port: 0, publicRead: true, now: () => new Date(), log: () => undefined };
    await expect(RegistryServer.start({ folder, ...options })).rejects.toMatchObject({
      code: 'registry/unreachable',
      message: `${folder} is no folder.`,
    });
    await expect(readdir(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a folder is served once at a time', async () => {
    await using served = await ServedRegistry.start();
    const again = () =>
      RegistryServer.start({
        folder: served.folder,
        host: '127.0.0.1',
        port: 0,
        publicRead: false,
        now: () => new Date(),
        log: () => undefined,
      });
    await expect(again()).rejects.toMatchObject({ code: 'registry/busy' });
  });
});

test('closing lets a request under way end, and answers no other', async () => {
  const served = await ServedRegistry.start();
  const bytes = some();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const path = `/v2/acme/x/blobs/uploads/?digest=${digestOf(bytes)}`;
  const pending = served.fetch('acme', path, { method: 'POST', body: readable, duplex: 'half' } as RequestInit);
  await writer.write(bytes.subarray(0, 16));
  await vi.waitFor(async () => expect(await readdir(join(served.folder, 'uploads'))).toHaveLength(1));
  const closed = served.close(10_000);
  await expect(served.fetch('acme', '/v2/')).rejects.toThrow();
  await writer.write(bytes.subarray(16));
  await writer.close();
  expect((await pending).status).toBe(201);
  await closed;
});
