import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize, keyPairOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { refreshIndex } from '../publish/registry.ts';
import { daysLater, KEYS, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { decodeMetadata, encodeMetadata, tufKeyId, tufKeyOf } from './metadata.ts';
import type { RootRole } from './signed.ts';

/** The registry's index as it is now, to be put back later. */
async function snapshotOf(registry: SampleRegistry): Promise<() => Promise<void>> {
  const tuf = join(registry.folder, 'tuf');
  const copy = join(registry.home, 'tuf-copy');
  await rm(copy, { recursive: true, force: true });
  await cp(tuf, copy, { recursive: true });
  return async () => {
    await rm(tuf, { recursive: true });
    await cp(copy, tuf, { recursive: true });
  };
}

describe('an index that goes back', () => {
  test('is refused with index/rollback once a newer one was seen', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'));
    const putBack = await snapshotOf(registry);
    await registry.publish(samplePack('1.1.0'));
    expect((await registry.install()).artifact.version).toBe('1.1.0');

    await putBack();

    await expect(registry.install()).rejects.toMatchObject({ code: 'index/rollback' });
  });

  test('is accepted by an environment that never saw the newer one: there is nothing to go back from', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'));
    const putBack = await snapshotOf(registry);
    await registry.publish(samplePack('1.1.0'));
    await putBack();
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test('is refused also when the newer one was seen but not installed from', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'));
    const putBack = await snapshotOf(registry);
    await registry.publish(samplePack('1.1.0'));
    await expect(registry.install({ range: '9.9.9' })).rejects.toMatchObject({ code: 'pack/version-not-found' });
    await putBack();
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/rollback' });
  });

  test('is refused when the newer one has expired meanwhile', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'), undefined, { expiry: { timestamp: 300, snapshot: 300, targets: 300 } });
    const putBack = await snapshotOf(registry);
    await registry.publish(samplePack('1.1.0'), undefined, { expiry: { timestamp: 1 } });
    await registry.install();
    await putBack();
    await expect(registry.install({ now: () => daysLater(2) })).rejects.toMatchObject({ code: 'index/rollback' });
  });

  test('the same index may be read again and again', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const first = await registry.install();
    expect((await registry.install()).lockEntry).toEqual(first.lockEntry);
  });

  test('a kept index that somebody changed is refused with index/invalid, not forgotten', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await registry.install();
    const [file] = await readdir(join(registry.cache, 'index')).then((names) =>
      names.filter((name) => name.endsWith('.json')),
    );
    const path = join(registry.cache, 'index', file ?? '');
    const kept = JSON.parse(await readFile(path, 'utf8'));
    const timestamp = JSON.parse(kept.timestamp);
    timestamp.signed.version = 1;
    await writeFile(path, canonicalize({ ...kept, timestamp: canonicalize(timestamp) }));
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
    await writeFile(path, '{');
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

describe('an index that stands still', () => {
  const cases = [
    { role: 'timestamp', expiry: { timestamp: 5 }, after: 6 },
    { role: 'snapshot', expiry: { timestamp: 100, snapshot: 5 }, after: 6 },
    { role: 'namespace', expiry: { timestamp: 100, snapshot: 100, targets: 5 }, after: 6 },
  ];
  test.each(cases)('is refused with index/expired when its $role has expired', async ({ expiry, after }) => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack(), undefined, { expiry });
    await registry.install({ now: () => daysLater(after - 2) });
    await expect(registry.install({ now: () => daysLater(after) })).rejects.toMatchObject({ code: 'index/expired' });
  });

  test('is refused with index/expired when its root has expired', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack(), undefined, { expiry: { timestamp: 900, snapshot: 900, targets: 900 } });
    await expect(registry.install({ now: () => daysLater(366) })).rejects.toMatchObject({ code: 'index/expired' });
  });

  test('goes on after its owner and publishers signed it anew', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const now = daysLater(100);
    await expect(registry.install({ now: () => now })).rejects.toMatchObject({ code: 'index/expired' });
    await refreshIndex(registry.folder, { secretKeys: [KEYS.registry.secretKey, KEYS.acme.secretKey], now });
    expect((await registry.install({ now: () => now })).artifact.version).toBe('1.0.0');
  });
});

describe('roots', () => {
  /** The next root, signed by the keys given, put into the registry. */
  async function rotate(
    registry: SampleRegistry,
    change: (root: RootRole) => RootRole,
    signers: readonly string[],
  ): Promise<void> {
    const tuf = join(registry.folder, 'tuf');
    const former = decodeMetadata(await readFile(join(tuf, '1.root.json')), 'root');
    await writeFile(join(tuf, '2.root.json'), encodeMetadata(change({ ...former, version: 2 }), signers));
  }

  const addSecondKey = (root: RootRole): RootRole => {
    const { id, key } = tufKeyOf(keyPairOf(KEYS.acmeSecond.secretKey).publicKey);
    return {
      ...root,
      keys: { ...root.keys, [id]: key },
      roles: { ...root.roles, root: { keyids: [id], threshold: 1 } },
    };
  };

  test('a root signed by the one before and by itself is followed, and stays followed', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await rotate(registry, addSecondKey, [KEYS.registry.secretKey, KEYS.acmeSecond.secretKey]);
    expect((await registry.install()).lockEntry.index.root).toBe(2);
    await rm(join(registry.folder, 'tuf', '2.root.json'));
    expect((await registry.install()).lockEntry.index.root).toBe(2);
  });

  test.each([
    ['only the new key', [KEYS.acmeSecond.secretKey]],
    ['only the old key', [KEYS.registry.secretKey]],
    ['a stranger', [KEYS.stranger.secretKey]],
  ])('a root signed by %s is refused with index/invalid', async (_, signers) => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await rotate(registry, addSecondKey, signers);
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('a root that lists one key under two ids is refused: it would count twice', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const twice = (root: RootRole): RootRole => {
      const [id = ''] = root.roles.root.keyids;
      const key = root.keys[id];
      if (key === undefined) throw new Error('sample');
      return { ...root, keys: { ...root.keys, ['0'.repeat(64)]: key } };
    };
    await rotate(registry, twice, [KEYS.registry.secretKey]);
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('an environment that pins another root refuses the registry with index/invalid', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const [entry] = registry.trustRoot.registries;
    const forged = decodeMetadata(await readFile(join(registry.folder, 'tuf', '1.root.json')), 'root');
    const { id, key } = tufKeyOf(keyPairOf(KEYS.stranger.secretKey).publicKey);
    const role = { keyids: [id], threshold: 1 };
    const roles = { root: role, targets: role, snapshot: role, timestamp: role };
    const bytes = encodeMetadata({ ...forged, keys: { [id]: key }, roles }, [KEYS.stranger.secretKey]);
    const root = JSON.parse(Buffer.from(bytes).toString());
    const trustRoot = { ...registry.trustRoot, registries: [{ name: 'main', location: entry?.location ?? '', root }] };
    await expect(registry.install({ trustRoot })).rejects.toMatchObject({ code: 'index/invalid' });
    expect(tufKeyId(KEYS.stranger.secretKey)).toBe(id);
  });

  test('a pinned root that is no root is refused with index/invalid', async () => {
    await using registry = await SampleRegistry.create();
    const location = registry.folder;
    for (const root of [{}, null, { signed: { _type: 'root' }, signatures: [] }]) {
      const trustRoot = { ...registry.trustRoot, registries: [{ name: 'main', location, root }] };
      await expect(registry.install({ trustRoot, now: () => T0 })).rejects.toMatchObject({ code: 'index/invalid' });
    }
  });
});
