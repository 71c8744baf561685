import { rm, truncate, writeFile } from 'node:fs/promises';
import { type Digest, digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { blobPath } from '../layout/image-layout.ts';
import { daysLater, KEYS, SampleRegistry, sampleBundle, samplePack, T0, trusted } from '../testing/sample-registry.ts';
import { flipByte } from '../testing/tamper.ts';
import type { LockEntry } from './lock-file.ts';
import { openLocked } from './open-locked.ts';
import { PackCache } from './pack-cache.ts';

/** A registry with an installed pack, and the registry itself gone: only the cache is left. */
async function locked() {
  const registry = await SampleRegistry.create();
  await registry.publish(samplePack());
  const installed = await registry.install();
  await rm(registry.folder, { recursive: true });
  const open = (changes: Partial<Parameters<typeof openLocked>[0]> = {}) =>
    openLocked({
      entry: installed.lockEntry,
      trustRoot: registry.trustRoot,
      cache: new PackCache(registry.cache),
      now: T0,
      ...changes,
    });
  return { registry, ...installed, open };
}

const COPIES: [copy: string, digest: (entry: LockEntry) => Digest][] = [
  ['the image manifest', (entry) => entry.digest],
  ['the description', (entry) => entry.config.digest],
  ['the module', (entry) => entry.module.digest],
  ['the first piece of evidence', ({ evidence: [first] }) => first?.digest ?? digestOf('')],
  ['the last piece of evidence', ({ evidence }) => evidence.at(-1)?.digest ?? digestOf('')],
];

describe('opening what is locked', () => {
  test('needs nothing but the cache, and verifies everything again', async () => {
    const { registry, artifact, open } = await locked();
    await using _registry = registry;
    const opened = await open();
    expect(opened.artifact).toEqual(artifact);
    expect(opened.decision.rules.map(({ id }) => id)).not.toContain('index/fresh');
    expect(opened.decision.verdict).toBe('admitted');
  });

  test('gives the same verdict a year later, when the index has long expired', async () => {
    const { registry, open } = await locked();
    await using _registry = registry;
    expect((await open({ now: daysLater(365) })).decision.verdict).toBe('admitted');
  });

  test('works for a bundle', async () => {
    await using registry = await SampleRegistry.create();
    const bundle = sampleBundle();
    await registry.publish(bundle);
    const { lockEntry: entry } = await registry.install({ name: bundle.name, kind: 'bundle' });
    const opened = await openLocked({
      entry,
      trustRoot: registry.trustRoot,
      cache: new PackCache(registry.cache),
      now: T0,
    });
    expect(opened.artifact.digest).toBe(bundle.digest);
  });

  test.each(COPIES)('a flipped byte in the copy of %s is refused with blob/digest-mismatch', async (_, digest) => {
    const { registry, lockEntry, open } = await locked();
    await using _registry = registry;
    await flipByte(blobPath(registry.cache, digest(lockEntry)));
    await expect(open()).rejects.toMatchObject({ code: 'blob/digest-mismatch' });
  });

  test.each(COPIES)('a copy of %s that was cut short or has grown is refused', async (_, digest) => {
    const { registry, lockEntry, open } = await locked();
    await using _registry = registry;
    const path = blobPath(registry.cache, digest(lockEntry));
    await truncate(path, 10);
    await expect(open()).rejects.toMatchObject({ code: 'blob/digest-mismatch' });
    await writeFile(path, 'x'.repeat(100_000));
    await expect(open()).rejects.toMatchObject({ code: 'blob/size-mismatch' });
  });

  test.each(COPIES)('without the copy of %s it fails with lock/uncached', async (_, digest) => {
    const { registry, lockEntry, open } = await locked();
    await using _registry = registry;
    await rm(blobPath(registry.cache, digest(lockEntry)));
    await expect(open()).rejects.toMatchObject({ code: 'lock/uncached' });
  });

  test('a pack whose publisher is trusted no more is refused with trust/threshold', async () => {
    const { registry, open } = await locked();
    await using _registry = registry;
    const publishers = [{ namespace: 'acme', keys: [trusted(KEYS.acmeSecond)], threshold: 1 }];
    await expect(open({ trustRoot: { ...registry.trustRoot, version: 2, publishers } })).rejects.toMatchObject({
      code: 'trust/threshold',
    });
  });

  test('under an expired trust root it is refused with trust/root-expired', async () => {
    const { registry, open } = await locked();
    await using _registry = registry;
    await expect(open({ now: daysLater(3650) })).rejects.toMatchObject({ code: 'trust/root-expired' });
  });

  const edits: [what: string, edit: (entry: LockEntry) => Partial<LockEntry>, code: string][] = [
    ['another module', ({ config }) => ({ module: config }), 'lock/invalid'],
    ['another description', ({ module }) => ({ config: module }), 'lock/invalid'],
    ['another version', () => ({ version: '9.9.9' as LockEntry['version'] }), 'artifact/invalid'],
    ['another slot', () => ({ slot: 'secrets' }), 'artifact/invalid'],
    ['another contract', () => ({ contract: 2 }), 'artifact/invalid'],
    ['another name', () => ({ name: 'acme.state.other' as LockEntry['name'] }), 'artifact/invalid'],
    ['another size', ({ size }) => ({ size: size + 1 }), 'blob/size-mismatch'],
    ['no evidence', () => ({ evidence: [] }), 'trust/threshold'],
    ['another identity', ({ config }) => ({ digest: config.digest, size: config.size }), 'artifact/invalid'],
  ];
  test.each(edits)('an entry edited to name %s is refused', async (_, edit, code) => {
    const { registry, lockEntry, open } = await locked();
    await using _registry = registry;
    await expect(open({ entry: { ...lockEntry, ...edit(lockEntry) } })).rejects.toMatchObject({ code });
  });
});

describe('the cache', () => {
  test('gives back what was put, and undefined for what was not', async () => {
    await using registry = await SampleRegistry.create();
    const cache = new PackCache(registry.cache);
    const digest = await cache.put(Buffer.from('copy'));
    expect(Buffer.from((await cache.get(digest, 4)) ?? []).toString()).toBe('copy');
    expect(await cache.get(digestOf('nothing'), 4)).toBeUndefined();
  });

  test('hashes a copy each time it is asked for', async () => {
    await using registry = await SampleRegistry.create();
    const cache = new PackCache(registry.cache);
    const digest = await cache.put(Buffer.from('copy'));
    await cache.get(digest, 4);
    await writeFile(blobPath(registry.cache, digest), 'evil');
    await expect(cache.get(digest, 4)).rejects.toMatchObject({ code: 'blob/digest-mismatch' });
    await cache.put(Buffer.from('copy'));
    expect(await cache.get(digest, 4)).toBeDefined();
  });
});
