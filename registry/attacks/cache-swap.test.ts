import { rm } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LockEntry } from '../install/lock-file.ts';
import { openLocked } from '../install/open-locked.ts';
import { PackCache } from '../install/pack-cache.ts';
import { SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { CACHE_SWAPS, KEPT_INDEX_SWAPS, type SwapGround } from './cache-swap.fixture.ts';

let installed: SwapGround;
beforeAll(async () => {
  const registry = await SampleRegistry.create();
  await registry.publish(samplePack('1.0.0'));
  const { lockEntry: former } = await registry.install();
  await registry.publish(samplePack('2.0.0'));
  const { lockEntry: entry } = await registry.install();
  installed = { registry, entry, former };
  return () => registry[Symbol.asyncDispose]();
});

/** A machine of its own with what is installed. */
async function ground(): Promise<SwapGround> {
  return { ...installed, registry: await installed.registry.copy() };
}

const open = ({ registry }: SwapGround, entry: LockEntry) =>
  openLocked({ entry, trustRoot: registry.trustRoot, cache: new PackCache(registry.cache), now: T0 });

describe('a cache that somebody changed', () => {
  test('is opened while nobody did, without the registry', async () => {
    const found = await ground();
    await using registry = found.registry;
    await rm(registry.folder, { recursive: true });
    for (const entry of [found.entry, found.former])
      expect((await open(found, entry)).artifact.version).toBe(entry.version);
  });

  test.each(CACHE_SWAPS)('$name is refused with $code', async ({ attack, code }) => {
    const found = await ground();
    await using _registry = found.registry;
    const entry = (await attack(found)) ?? found.entry;
    await expect(open(found, entry)).rejects.toMatchObject({ code });
  });

  test.each(KEPT_INDEX_SWAPS)('$name is refused with $code', async ({ attack, code }) => {
    const found = await ground();
    await using registry = found.registry;
    await attack(found);
    await expect(registry.install()).rejects.toMatchObject({ code });
  });
});
