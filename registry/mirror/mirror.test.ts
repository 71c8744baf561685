import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactName } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobPath } from '../layout/image-layout.ts';
import { INDEX_TAG } from '../oci/index-manifest.ts';
import { pushRegistry } from '../oci/push-registry.ts';
import { openSource } from '../source/open-source.ts';
import { FakeRegistry } from '../testing/oci-fake.ts';
import { SAMPLE, SampleRegistry, sampleBundle, samplePack, T0 } from '../testing/sample-registry.ts';
import { flipByte } from '../testing/tamper.ts';
import { type MirrorRequest, mirrorRegistry } from './mirror.ts';

const BUNDLE = sampleBundle().name;

let registry: SampleRegistry;
beforeEach(async () => {
  registry = await SampleRegistry.create();
  await registry.publish(samplePack('1.0.0'));
  await registry.publish(samplePack('1.1.0'));
  await registry.publish(sampleBundle());
});
afterEach(() => registry[Symbol.asyncDispose]());

const at = (name: string) => join(registry.home, name);

function mirror(target: string, changes: Partial<MirrorRequest> = {}, location?: string) {
  const [entry] = registry.trustRoot.registries;
  if (entry === undefined) throw new Error('sample');
  const main = { ...entry, ...(location === undefined ? {} : { location }) };
  const source = openSource({ registry: main, cache: at('mirror-cache'), now: () => T0 });
  return mirrorRegistry({ source, root: main.root, target: at(target), now: T0, ...changes });
}

/** Lets the environment read a mirror in the registry's place, with a cache of its own, and takes the registry away. */
async function moveTo(target: string): Promise<void> {
  const [main] = registry.trustRoot.registries;
  if (main === undefined) throw new Error('sample');
  registry.trustRoot = { ...registry.trustRoot, registries: [{ ...main, location: at(target) }] };
  await rm(registry.folder, { recursive: true });
}

describe.each(['mirror', 'mirror.tar'])('a mirror in %s', (target) => {
  test('serves every version as the registry does, with the same trust root', async () => {
    const before = await registry.install();
    const mirrored = await mirror(target);
    expect(mirrored.versions.map(({ name, version }) => `${name}@${version}`)).toEqual([
      `${BUNDLE}@1.0.0`,
      `${SAMPLE}@1.0.0`,
      `${SAMPLE}@1.1.0`,
    ]);
    await moveTo(target);
    const after = await registry.install();
    expect(after.lockEntry.digest).toBe(before.lockEntry.digest);
    expect(after.lockEntry.evidence).toEqual(before.lockEntry.evidence);
    expect((await registry.install({ name: BUNDLE, kind: 'bundle' })).decision.verdict).toBe('admitted');
  });

  test('of some packs says what it does not carry, and knows that it exists', async () => {
    const { versions } = await mirror(target, { wishes: [{ name: SAMPLE, range: '~1.0.0' }] });
    expect(versions).toEqual([{ name: SAMPLE, version: '1.0.0' }]);
    await moveTo(target);
    expect((await registry.install({ range: '1.0.0' })).lockEntry.version).toBe('1.0.0');
    await expect(registry.install()).rejects.toMatchObject({
      code: 'registry/incomplete',
      message: expect.stringMatching(/lacks sha256:[0-9a-f]{64}/),
    });
  });

  test('can be mirrored from again', async () => {
    await mirror(target);
    await moveTo(target);
    await mirror('second.tar', {}, at(target));
    await moveToSecond();
    expect((await registry.install()).decision.verdict).toBe('admitted');
  });

  test.each([
    ['a name nobody published', { name: 'acme.state.none' as ArtifactName, range: '*' }, 'pack/not-found'],
    ['a version nobody published', { name: SAMPLE, range: '^9.0.0' }, 'pack/version-not-found'],
    ['a range that is none', { name: SAMPLE, range: 'newest' }, 'input/invalid'],
  ])('is not made for %s', async (_, wish, code) => {
    await expect(mirror(target, { wishes: [wish] })).rejects.toMatchObject({ code });
    expect(await readdir(registry.home)).not.toContain(target);
  });

  test('is not made of a registry that lacks a blob: the error names it, and nothing half is left', async () => {
    const { module } = samplePack('1.1.0');
    const { lockEntry } = await registry.install({ range: '1.1.0' });
    expect(module.byteLength).toBe(lockEntry.module.size);
    await rm(blobPath(registry.folder, lockEntry.module.digest));
    await expect(mirror(target, { wishes: [{ name: SAMPLE, range: '1.1.0' }] })).rejects.toMatchObject({
      code: 'registry/incomplete',
      message: expect.stringContaining(lockEntry.module.digest),
    });
    expect((await readdir(registry.home)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    await moveTo(target);
    await expect(registry.install()).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test.each([
    ['a module', async () => (await registry.install()).lockEntry.module.digest, 'blob/digest-mismatch'],
    ['evidence', async () => (await registry.install()).lockEntry.evidence[0]?.digest, 'blob/digest-mismatch'],
  ])('is not made of a registry whose copy of %s was changed', async (_, damaged, code) => {
    const digest = await damaged();
    if (digest === undefined) throw new Error('sample');
    await flipByte(blobPath(registry.folder, digest));
    await expect(mirror(target)).rejects.toMatchObject({ code });
  });

  test('is not made of an index that does not verify from the pinned root, or has expired', async () => {
    await expect(mirror(target, { now: new Date('2040-01-01') })).rejects.toMatchObject({ code: 'index/expired' });
    await flipByte(join(registry.folder, 'tuf', 'timestamp.json'), 'version');
    await expect(mirror(target)).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

/** As `moveTo`, when the registry is gone already. */
async function moveToSecond(): Promise<void> {
  const [main] = registry.trustRoot.registries;
  if (main === undefined) throw new Error('sample');
  registry.trustRoot = { ...registry.trustRoot, registries: [{ ...main, location: at('second.tar') }] };
}

describe('mirroring again', () => {
  test('into a tar gives the same bytes for the same content', async () => {
    await mirror('one.tar');
    await mirror('two.tar');
    expect((await readFile(at('two.tar'))).equals(await readFile(at('one.tar')))).toBe(true);
  });

  test('into a folder adds what is new, and heals a damaged copy', async () => {
    const first = await mirror('mirror');
    expect(await mirror('mirror')).toMatchObject({ blobs: first.blobs, added: 0 });
    await registry.publish(samplePack('1.2.0'));
    const { lockEntry } = await registry.install({ range: '1.0.0' });
    await flipByte(blobPath(at('mirror'), lockEntry.module.digest));
    const { added, blobs } = await mirror('mirror');
    expect(added).toBeGreaterThan(1);
    expect(added).toBeLessThan(blobs / 2);
    await moveTo('mirror');
    expect((await registry.install()).lockEntry.version).toBe('1.2.0');
    expect((await registry.install({ range: '1.0.0' })).lockEntry.version).toBe('1.0.0');
  });

  test('never makes a mirror older than it is', async () => {
    await mirror('old');
    await registry.publish(samplePack('1.2.0'));
    await mirror('mirror');
    await expect(mirror('mirror', {}, at('old'))).rejects.toMatchObject({ code: 'index/rollback' });
  });
});

describe('mirroring a registry that lies in an OCI repository', () => {
  async function pushed(): Promise<FakeRegistry> {
    const oci = await FakeRegistry.open();
    await pushRegistry(registry.folder, oci.location(), { now: T0 });
    return oci;
  }

  test.each([[undefined], [[{ name: SAMPLE, range: '1.1.0' }]]])(
    'gives the tar that its folder gives, of %j',
    async (wishes) => {
      await using oci = await pushed();
      const only = wishes === undefined ? {} : { wishes };
      const mirrored = await mirror('folder.tar', only);
      expect(await mirror('oci.tar', only, oci.location())).toEqual(mirrored);
      expect((await readFile(at('oci.tar'))).equals(await readFile(at('folder.tar')))).toBe(true);
    },
  );

  test('keeps to the index that was there when it began', async () => {
    await using oci = await pushed();
    const before = await mirror('folder.tar');
    const index = oci.tags.get(INDEX_TAG);
    oci.asked.length = 0;
    oci.intercept = ({ path }) => {
      if (path.includes('/blobs/')) oci.tags.set(INDEX_TAG, 'another');
      return false;
    };
    expect(await mirror('oci.tar', {}, oci.location())).toEqual(before);
    expect(oci.tags.get(INDEX_TAG)).not.toBe(index);
    expect(oci.asked.filter(({ path }) => path.endsWith(INDEX_TAG))).toHaveLength(1);
  });

  test.each([
    ['lacks', (oci: FakeRegistry, digest: string) => oci.blobs.delete(digest), 'registry/incomplete'],
    ['changed', (oci: FakeRegistry, digest: string) => oci.blobs.set(digest, Buffer.from('x')), 'blob/digest-mismatch'],
  ])('is refused when it %s a blob, and nothing half is left', async (_, damage, code) => {
    await using oci = await pushed();
    damage(oci, (await registry.install()).lockEntry.module.digest);
    await expect(mirror('oci.tar', {}, oci.location())).rejects.toMatchObject({ code });
    expect((await readdir(registry.home)).filter((file) => file.startsWith('oci.tar'))).toEqual([]);
  });
});
