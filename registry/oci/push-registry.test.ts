import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '@greentic/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refreshIndex } from '../publish/registry.ts';
import { OciSource } from '../source/oci-source.ts';
import { writeFolderTar } from '../testing/folder-tar.ts';
import { type FakeOptions, FakeRegistry } from '../testing/oci-fake.ts';
import { daysLater, KEYS, SampleRegistry, sampleBundle, samplePack, T0 } from '../testing/sample-registry.ts';
import { INDEX_TAG } from './index-manifest.ts';
import { type PushOptions, pushRegistry, versionTag } from './push-registry.ts';
import { parseOciReference } from './reference.ts';
import { Referrers } from './referrers.ts';
import { OciRepository } from './repository.ts';
import { listTags } from './tag-list.ts';

const credentials = (host: string) => async (asked: string) =>
  asked === host ? { username: 'ada', password: 'secret' } : undefined;

/** The habits of registries that people use. */
const HABITS: [name: string, options: FakeOptions][] = [
  ['one with the referrers API', { referrers: true }],
  ['GHCR: a token for every scope, no referrers API', { auth: 'bearer' }],
  [
    'ECR: Basic, claims subjects, refuses the referrers API with 405',
    { auth: 'basic', claimsSubject: true, referrersStatus: 405 },
  ],
  ['one that gives everybody a token', { auth: 'anonymous' }],
];

let sample: SampleRegistry;
beforeAll(async () => {
  sample = await SampleRegistry.create();
  await sample.publish(samplePack('1.0.0'));
  await sample.publish(samplePack('1.1.0'));
  await sample.publish(sampleBundle());
});
afterAll(() => sample[Symbol.asyncDispose]());

const push = (registry: FakeRegistry, options: Partial<PushOptions> = {}) =>
  pushRegistry(sample.folder, registry.location(), {
    now: T0,
    transport: { credentials: credentials(registry.host) },
    ...options,
  });

/** Installs the sample from a location, into a cache of its own, with no request but those to it. */
async function installFrom(location: string, host = ''): Promise<unknown> {
  const [main] = sample.trustRoot.registries;
  if (main === undefined) throw new Error('sample');
  const trustRoot = { ...sample.trustRoot, registries: [{ ...main, location }] };
  const cache = join(sample.home, `cache-${Math.random()}`);
  const open = (registry: typeof main) =>
    new OciSource(location, { registry, cache, now: () => T0 }, { credentials: credentials(host) });
  const { lockEntry } = await sample.install({
    trustRoot,
    cache,
    ...(location.startsWith('oci:') ? { openSource: open } : {}),
  });
  // The trust root differs in the location; what was locked must not.
  return { ...lockEntry, trustRoot: undefined, decision: { ...lockEntry.decision, trustRoot: undefined } };
}

describe.each(HABITS)('pushing a registry to %s', (_, options) => {
  test('brings everything, and what is installed from there is what is installed from the folder', async () => {
    await using registry = await FakeRegistry.open(options);
    const pushed = await push(registry);
    expect(pushed.versions).toEqual({ pushed: 3, present: 0 });
    expect(await installFrom(registry.location(), registry.host)).toEqual(await installFrom(sample.folder));
  });

  test('lists the evidence of a version as its referrers', async () => {
    await using registry = await FakeRegistry.open(options);
    await push(registry);
    const repository = new OciRepository(parseOciReference(registry.location()), {
      credentials: credentials(registry.host),
    });
    const listed = await new Referrers(repository).list(samplePack('1.0.0').digest);
    expect(listed.map(({ artifactType }) => artifactType)).toEqual([
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ]);
  });

  test('a second time brings nothing, with one request for the index', async () => {
    await using registry = await FakeRegistry.open(options);
    await push(registry);
    registry.asked.length = 0;
    expect(await push(registry)).toMatchObject({ versions: { pushed: 0, present: 0 }, blobs: { pushed: 0, bytes: 0 } });
    expect(registry.asked.filter(({ path }) => path.includes('/v2/')).at(-1)?.path).toContain(INDEX_TAG);
    expect(registry.asked.length).toBeLessThanOrEqual(3);
  });
});

describe('an install over OCI', () => {
  test('takes at most 8 requests, and gives the lock that a folder and a tar give', async () => {
    await using registry = await FakeRegistry.open();
    await push(registry);
    registry.asked.length = 0;
    registry.sent = 0;
    const lock = await installFrom(registry.location());
    expect(registry.asked.map(({ path }) => path.replace('/v2/acme/registry/', '').split('/')[0])).toEqual([
      'manifests',
      'blobs',
      'blobs',
      'manifests',
      'blobs',
      'blobs',
    ]);
    expect(registry.asked.length).toBeLessThanOrEqual(8);
    expect(registry.sent).toBeLessThan(64_000);
    const tar = join(sample.home, 'registry.tar');
    await writeFolderTar(sample.folder, tar);
    expect(lock).toEqual(await installFrom(sample.folder));
    expect(lock).toEqual(await installFrom(tar));
  });

  test('with a token takes at most 8 requests', async () => {
    await using registry = await FakeRegistry.open({ auth: 'bearer' });
    await push(registry);
    registry.asked.length = 0;
    await installFrom(registry.location(), registry.host);
    expect(registry.asked.length).toBeLessThanOrEqual(8);
  });

  test('from an empty repository is refused with registry/unreachable', async () => {
    await using registry = await FakeRegistry.open();
    await expect(installFrom(registry.location())).rejects.toMatchObject({ code: 'registry/unreachable' });
  });
});

describe('pushing again', () => {
  test('brings only what is new, moves the tag of the index last, and tells how it goes on', async () => {
    await using grown = await SampleRegistry.create();
    await using registry = await FakeRegistry.open();
    await grown.publish(samplePack('1.0.0'));
    const options = { now: T0, transport: {} };
    await pushRegistry(grown.folder, registry.location(), options);
    await grown.publish(samplePack('2.0.0'));
    registry.asked.length = 0;
    const heard: string[] = [];
    const events: PushOptions['events'] = {
      onVersion: ({ version, present }) => void heard.push(`${version} ${present}`),
      onBlob: () => {
        throw new Error('a listener that fails');
      },
    };
    const pushed = await pushRegistry(grown.folder, registry.location(), { ...options, events });
    expect(pushed.versions).toEqual({ pushed: 1, present: 1 });
    expect(heard).toEqual(['1.0.0 true', '2.0.0 false']);
    const written = registry.asked.filter(({ method }) => method === 'PUT');
    expect(written.at(-1)?.path).toContain(`/manifests/${INDEX_TAG}`);
    expect(await listTags(new OciRepository(parseOciReference(registry.location())))).toEqual([
      versionTag('acme.state.memory', '1.0.0'),
      versionTag('acme.state.memory', '2.0.0'),
      INDEX_TAG,
      `${INDEX_TAG}.acme`,
      ...[samplePack('1.0.0'), samplePack('2.0.0')].map(({ digest }) => digest.replace(':', '-')).toSorted(),
    ]);
  });

  test('from a folder that is older is refused with index/rollback, and changes nothing', async () => {
    await using old = await SampleRegistry.create();
    await using registry = await FakeRegistry.open();
    await old.publish(samplePack());
    const copy = join(old.home, 'registry-old');
    const { cp } = await import('node:fs/promises');
    await cp(old.folder, copy, { recursive: true });
    await refreshIndex(old.folder, { secretKeys: [KEYS.registry.secretKey], now: daysLater(1) });
    await pushRegistry(old.folder, registry.location(), { now: daysLater(1) });
    const before = new Map(registry.tags);
    await expect(pushRegistry(copy, registry.location(), { now: T0 })).rejects.toMatchObject({
      code: 'index/rollback',
    });
    expect(registry.tags).toEqual(before);
  });

  test('over another registry is refused with registry/exists', async () => {
    await using registry = await FakeRegistry.open();
    await push(registry);
    const manifest = registry.tags.get(INDEX_TAG) ?? '';
    const stored = registry.manifests.get(manifest);
    const forged = JSON.parse(stored?.bytes.toString() ?? '');
    for (const layer of forged.layers)
      if (layer.annotations['org.opencontainers.image.title'] === '1.root.json')
        layer.digest = `sha256:${'0'.repeat(64)}` as Digest;
    registry.manifests.set(manifest, { bytes: Buffer.from(JSON.stringify(forged)), type: stored?.type ?? '' });
    registry.intercept = (asked, response) => {
      if (!asked.path.includes(INDEX_TAG)) return false;
      response.writeHead(200, { 'content-type': stored?.type ?? '' }).end(JSON.stringify(forged));
      return true;
    };
    await expect(push(registry)).rejects.toMatchObject({ code: 'registry/exists' });
  });

  test('an index that expired is refused with index/expired before the first request', async () => {
    await using registry = await FakeRegistry.open();
    await expect(push(registry, { now: daysLater(400) })).rejects.toMatchObject({ code: 'index/expired' });
    expect(registry.asked).toEqual([]);
  });

  test('a folder that lacks a blob is refused, and the index stays as it was', async () => {
    await using broken = await SampleRegistry.create();
    await using registry = await FakeRegistry.open();
    await broken.publish(samplePack());
    await rm(join(broken.folder, 'blobs', 'sha256', samplePack().digest.slice('sha256:'.length)));
    await expect(pushRegistry(broken.folder, registry.location(), { now: T0 })).rejects.toMatchObject({
      code: 'registry/incomplete',
    });
    expect(registry.tags.has(INDEX_TAG)).toBe(false);
  });
});

describe('the tag of a version', () => {
  test('is one OCI allows, and another for each version', () => {
    const long = versionTag(`${'a'.repeat(40)}.telemetry.${'b'.repeat(40)}`, `1.0.0-${'c'.repeat(58)}`);
    expect(long).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
    expect(long).not.toBe(versionTag(`${'a'.repeat(40)}.telemetry.${'b'.repeat(40)}`, `1.0.0-${'c'.repeat(57)}d`));
    expect(versionTag('acme.state.memory', '1.0.0-rc.1')).toBe('acme.state.memory-1.0.0-rc.1');
    expect(versionTag('acme.state.memory', '1.0.0+build')).toBe('acme.state.memory-1.0.0_build');
  });
});
