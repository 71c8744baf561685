import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { pinOf } from '../artifact/descriptor.ts';
import { oneKey } from '../publish/registry-key.ts';
import { encodeSubmission } from '../publish/submission.ts';
import { partsOfVersion } from '../publish/version-parts.ts';
import { KEYS, SAMPLE, SampleRegistry, sampleEvidence, samplePack, T0 } from '../testing/sample-registry.ts';
import { encodeMetadata, expiryAfter } from '../tuf/metadata.ts';
import { encodeVersions } from '../tuf/versions-document.ts';
import { basic, ServedRegistry } from './testing/served-registry.ts';

const REPOSITORY = 'acme/state/memory';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const { snapshot, timestamp } = oneKey(KEYS.registry.secretKey);
const onlineKeys = { snapshot, timestamp };

async function serve(registry: SampleRegistry, changes: Parameters<typeof ServedRegistry.start>[0] = {}) {
  return await ServedRegistry.start({ folder: registry.folder, now: () => T0, onlineKeys, ...changes });
}

/** Pushes a version as a publisher does, part by part, and gives what to submit. */
async function push(served: ServedRegistry, version = '1.0.0'): Promise<string> {
  const artifact = samplePack(version);
  const { parts, entry } = partsOfVersion(artifact, sampleEvidence(artifact), T0);
  for (const { bytes, manifest } of parts) {
    const digest = digestOf(bytes);
    const path = manifest === undefined ? `blobs/uploads/?digest=${digest}` : `manifests/${digest}`;
    const headers = { 'Content-Type': manifest ?? 'application/octet-stream' };
    const init = { method: manifest === undefined ? 'POST' : 'PUT', headers, body: Buffer.from(bytes) };
    expect((await served.fetch('acme', `/v2/${REPOSITORY}/${path}`, init)).status).toBe(201);
  }
  const document = encodeVersions({ schema: 'greentic.versions/1', name: SAMPLE, versions: [entry] });
  const { digest, size } = pinOf(document);
  const role = {
    _type: 'targets' as const,
    spec_version: '1.0.31',
    version: 1,
    expires: expiryAfter(T0, 90),
    targets: { [`acme/${SAMPLE}.json`]: { length: size, hashes: { sha256: digest.slice(7) } } },
  };
  return encodeSubmission({
    role: encodeMetadata(role, [KEYS.acme.secretKey]),
    documents: new Map([[SAMPLE, document]]),
  });
}

const detailOf = async (response: Response) =>
  ((await response.json()) as { errors: { detail?: { code: string } }[] }).errors[0]?.detail?.code;

describe('publishing over HTTP', () => {
  test('what an owner pushed and signed installs, and is a tag that OCI tools pull', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry);
    const response = await served.fetch('acme', '/index/acme', { method: 'POST', body: await push(served) });
    expect([response.status, await response.json()]).toEqual([200, { timestamp: 3, snapshot: 3 }]);
    expect((await registry.install()).artifact.version).toBe('1.0.0');
    const tags = await served.fetch('guest', `/v2/${REPOSITORY}/tags/list`);
    expect(await tags.json()).toMatchObject({ tags: ['1.0.0'] });
  });

  test('is for owners of the namespace: not for readers, others or even admins', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry);
    const body = await push(served);
    for (const [who, status] of [
      ['guest', 403],
      ['root', 403],
      ['nobody', 401],
    ] as const)
      expect((await served.fetch(who, '/index/acme', { method: 'POST', body })).status).toBe(status);
    expect((await served.fetch('acme', '/index/other', { method: 'POST', body })).status).toBe(403);
  });

  test('tells what is wrong with the product’s own code', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry);
    const body = await push(served);
    await served.fetch('acme', '/index/acme', { method: 'POST', body });
    const again = await served.fetch('acme', '/index/acme', { method: 'POST', body });
    expect([again.status, await detailOf(again)]).toEqual([409, 'registry/busy']);
    const broken = await served.fetch('acme', '/index/acme', { method: 'POST', body: '{}' });
    expect([broken.status, await detailOf(broken)]).toEqual([400, 'input/invalid']);
  });

  test('needs the online key', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry, { onlineKeys: undefined });
    const response = await served.fetch('acme', '/index/acme', { method: 'POST', body: await push(served) });
    expect([response.status, await detailOf(response)]).toEqual([503, 'registry/unreachable']);
  });

  test('refuses to start with a key that is not the registry’s', async () => {
    await using registry = await SampleRegistry.create();
    const strange = oneKey(KEYS.stranger.secretKey);
    await expect(serve(registry, { onlineKeys: strange })).rejects.toMatchObject({ code: 'trust/threshold' });
  });
});

describe('published versions', () => {
  async function published() {
    const registry = await SampleRegistry.create();
    const artifact = samplePack();
    const { entry } = await registry.publish(artifact);
    const served = await serve(registry);
    const call = (method: string, path: string, init: RequestInit = {}) =>
      served.fetch('acme', `/v2/${REPOSITORY}/${path}`, { method, ...init });
    const stack = new AsyncDisposableStack();
    stack.use(registry);
    stack.use(served);
    return { registry, served, call, entry, artifact, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  }

  test('of a folder are pulled by tag, group and blob, and its evidence is what refers to it', async () => {
    await using site = await published();
    const group = await site.call('GET', 'manifests/1.0.0');
    expect(group.headers.get('docker-content-digest')).toBe(site.entry.group);
    const image = await site.call('GET', `manifests/${site.artifact.digest}`);
    const { layers } = (await image.json()) as { layers: { digest: Digest }[] };
    expect((await site.call('GET', `blobs/${layers[0]?.digest}`)).status).toBe(200);
    const referrers = await site.call('GET', `referrers/${site.artifact.digest}`);
    expect(((await referrers.json()) as { manifests: unknown[] }).manifests).toHaveLength(2);
  });

  test('that come while it runs are there with the next request', async () => {
    await using site = await published();
    await site.registry.publish(samplePack('1.1.0'));
    expect(await (await site.call('GET', 'tags/list')).json()).toMatchObject({ tags: ['1.0.0', '1.1.0'] });
  });

  test('are not moved and not deleted, by tag, digest or blob', async () => {
    await using site = await published();
    const config = JSON.stringify({ other: true });
    const digest = digestOf(config);
    await site.call('POST', `blobs/uploads/?digest=${digest}`, { body: config });
    const descriptor = { mediaType: 'application/x', digest, size: config.length };
    const body = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: descriptor, layers: [] });
    const init = { body, headers: { 'Content-Type': IMAGE } };
    expect((await site.call('PUT', 'manifests/1.0.0', init)).status).toBe(409);
    expect((await site.call('PUT', 'manifests/loose', init)).status).toBe(201);
    expect((await site.call('DELETE', 'manifests/loose')).status).toBe(202);
    const { layers } = (await (await site.call('GET', `manifests/${site.artifact.digest}`)).json()) as {
      layers: { digest: Digest }[];
    };
    for (const path of [
      'manifests/1.0.0',
      `manifests/${site.entry.group}`,
      `manifests/${site.artifact.digest}`,
      `blobs/${layers[0]?.digest}`,
    ])
      expect([path, (await site.call('DELETE', path)).status]).toEqual([path, 405]);
    expect((await site.registry.install()).artifact.version).toBe('1.0.0');
  });

  test('may be put again under their tag, with the same bytes', async () => {
    await using site = await published();
    const group = await site.call('GET', 'manifests/1.0.0');
    const headers = { 'Content-Type': group.headers.get('content-type') ?? '' };
    expect((await site.call('PUT', 'manifests/1.0.0', { headers, body: await group.text() })).status).toBe(201);
  });
});

describe('the index', () => {
  test('is served: its timestamp for seconds, everything else for ever', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await using served = await serve(registry, { publicRead: true });
    const timestamp = await served.fetch('nobody', '/tuf/timestamp.json');
    expect([timestamp.status, timestamp.headers.get('cache-control')]).toEqual([200, 'private, max-age=10']);
    const root = await served.fetch('nobody', '/tuf/1.root.json');
    expect(root.headers.get('cache-control')).toContain('immutable');
    expect(Buffer.from(await root.arrayBuffer())).toEqual(await readFile(join(registry.folder, 'tuf', '1.root.json')));
    const missing = await served.fetch('nobody', '/tuf/2.root.json');
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test('is written by no request for a file', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry);
    const init = { method: 'PUT', body: '{}', headers: { Authorization: basic('root', served.tokens.root) } };
    expect((await served.fetch('nobody', '/tuf/timestamp.json', init)).status).toBe(405);
  });

  test('nothing else of the folder is served', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry);
    for (const path of [
      '/tuf/../accounts.json',
      '/accounts.json',
      '/repositories.sqlite',
      '/tuf/..%2faccounts.json',
      '/index.json',
    ])
      expect((await served.fetch('root', path)).status).toBe(404);
  });
});

describe('the catalogue', () => {
  test('is served at the root, with a policy that lets no other script run, and follows the index', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry, { publicRead: true });
    const empty = await served.fetch('nobody', '/');
    expect(empty.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await empty.text()).toContain('0 entries');
    await registry.publish(samplePack());
    expect(await (await served.fetch('nobody', '/')).text()).toContain('1 entry');
    const page = await served.fetch('nobody', `/pack-${SAMPLE}.html`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect((await served.fetch('nobody', '/search.js')).headers.get('content-type')).toBe(
      'text/javascript; charset=utf-8',
    );
    expect((await served.fetch('nobody', '/pack-nobody.state.x.html')).status).toBe(404);
    expect((await served.fetch('root', '/', { method: 'POST' })).status).toBe(405);
  });

  test('is for those who may read', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry);
    expect((await served.fetch('nobody', '/')).status).toBe(401);
    expect((await served.fetch('guest', '/')).status).toBe(200);
  });

  test('is made anew by whoever looks next when it could not be made', async () => {
    await using registry = await SampleRegistry.create();
    await using served = await serve(registry, { publicRead: true });
    const timestamp = join(registry.folder, 'tuf', 'timestamp.json');
    const kept = await readFile(timestamp);
    await writeFile(timestamp, '{}');
    expect((await served.fetch('nobody', '/')).status).toBe(403);
    await writeFile(timestamp, kept);
    expect((await served.fetch('nobody', '/')).status).toBe(200);
  });
});
