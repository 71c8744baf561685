import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactName } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { RULE_IDS } from '../admission/rule-card.ts';
import { openSource } from '../source/open-source.ts';
import { SAMPLE, SampleRegistry, sampleBundle, samplePack, T0 } from '../testing/sample-registry.ts';
import type { InstallEvents } from './install-events.ts';

describe('installing by name', () => {
  test('gives the verified artifact, the decision, and a lock entry that says what it rests on', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack);

    const { artifact, decision, lockEntry } = await registry.install();

    expect(artifact).toMatchObject({ name: SAMPLE, version: '1.0.0', digest: pack.digest });
    expect(artifact.module).toBe(Buffer.from(pack.module).toString());
    expect(artifact.manifest).toEqual(pack.manifest);
    expect(decision.verdict).toBe('admitted');
    expect(decision.rules.map((rule) => rule.verdict)).toEqual(RULE_IDS.map(() => 'pass'));
    expect(lockEntry).toMatchObject({ slot: 'state', digest: pack.digest, contract: 1, grants: [] });
    expect(lockEntry.index).toMatchObject({
      registry: 'main',
      root: 1,
      timestamp: 3,
      snapshot: 3,
      targets: 2,
      role: { name: 'acme', version: 1 },
    });
    expect(lockEntry.evidence).toHaveLength(2);
  });

  test('picks the highest release in the range', async () => {
    await using registry = await SampleRegistry.create();
    for (const version of ['1.0.0', '1.2.0', '1.10.0', '2.0.0-rc.1']) await registry.publish(samplePack(version));

    expect((await registry.install({ range: '^1.0.0' })).artifact.version).toBe('1.10.0');
    expect((await registry.install({ range: '2.0.0-rc.1' })).artifact.version).toBe('2.0.0-rc.1');
    await expect(registry.install({ range: '^3.0.0' })).rejects.toMatchObject({ code: 'pack/version-not-found' });
  });

  test('installs a bundle without a conformance report', async () => {
    await using registry = await SampleRegistry.create();
    const bundle = sampleBundle();
    await registry.publish(bundle);

    const { artifact, lockEntry } = await registry.install({ name: bundle.name, kind: 'bundle' });

    expect(artifact.digest).toBe(bundle.digest);
    expect(lockEntry).toMatchObject({ slot: 'bundle' });
    expect(lockEntry).not.toHaveProperty('contract');
  });

  test('a name nobody published is pack/not-found, in a namespace with packs as in one without', async () => {
    await using registry = await SampleRegistry.create();
    await expect(registry.install()).rejects.toMatchObject({ code: 'pack/not-found' });
    await registry.publish(samplePack());
    await expect(registry.install({ name: 'acme.state.other' as ArtifactName })).rejects.toMatchObject({
      code: 'pack/not-found',
    });
    await expect(registry.install({ name: 'nobody.state.other' as ArtifactName })).rejects.toMatchObject({
      code: 'pack/not-found',
    });
  });

  test('a refused artifact leaves nothing in the cache', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack(), []);
    await expect(registry.install()).rejects.toMatchObject({ code: 'trust/threshold' });
    expect(await readdir(registry.cache)).toEqual(['index']);
  });

  test('a pack asked for another slot is refused with pack/slot-mismatch', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await expect(registry.install({ kind: 'secrets' })).rejects.toMatchObject({ code: 'pack/slot-mismatch' });
  });

  test('listeners hear each step in order, and what they throw or change has no effect', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack);
    const heard: string[] = [];
    const events: InstallEvents = {
      onIndex: ({ registry: name }) => heard.push(`index ${name}`),
      onResolve: (event) => {
        heard.push(`resolve ${event.version}`);
        Object.assign(event, { digest: 'sha256:other' });
        throw new Error('listener');
      },
      onFetch: ({ evidence }) => heard.push(`fetch ${evidence}`),
      onDecide: ({ decision }) => {
        heard.push(decision.verdict);
        decision.rules.length = 0;
      },
    };
    const { artifact, decision } = await registry.install({ events });
    expect(heard).toEqual(['index main', 'resolve 1.0.0', 'fetch 2', 'admitted']);
    expect(artifact.digest).toBe(pack.digest);
    expect(decision.rules).toHaveLength(RULE_IDS.length);
  });
});

describe('several registries', () => {
  async function two() {
    const first = await SampleRegistry.create();
    const second = await SampleRegistry.create();
    const [one] = first.trustRoot.registries;
    const [other] = second.trustRoot.registries;
    if (one === undefined || other === undefined) throw new Error('sample');
    first.trustRoot = { ...first.trustRoot, registries: [one, { ...other, name: 'second' }] };
    return { first, second };
  }

  test('the next one is asked only when the one before does not know the name', async () => {
    const { first, second } = await two();
    await using _first = first;
    await using _second = second;
    await second.publish(samplePack('2.0.0'));
    expect((await first.install()).lockEntry.index.registry).toBe('second');
    await first.publish(samplePack('1.0.0'));
    expect((await first.install()).lockEntry.index.registry).toBe('main');
    expect((await first.install({ registry: 'second' })).artifact.version).toBe('2.0.0');
  });

  test('one that cannot be read ends the search: nobody can hide a registry behind another', async () => {
    const { first, second } = await two();
    await using _first = first;
    await using _second = second;
    await second.publish(samplePack());
    await rm(join(first.folder, 'tuf'), { recursive: true });
    await mkdir(join(first.folder, 'tuf'));
    await expect(first.install()).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('a registry the trust root does not name is refused with index/unknown-registry', async () => {
    await using registry = await SampleRegistry.create();
    await expect(registry.install({ registry: 'elsewhere' })).rejects.toMatchObject({ code: 'index/unknown-registry' });
  });

  test('a location of no known kind is refused with registry/unreachable', async () => {
    await using registry = await SampleRegistry.create();
    for (const location of ['relative/folder', 'ftp://x/y']) {
      const entry = { name: 'main', location, root: {} };
      expect(() => openSource({ registry: entry, cache: registry.cache, now: () => T0 })).toThrow(
        expect.objectContaining({ code: 'registry/unreachable' }),
      );
    }
  });
});
