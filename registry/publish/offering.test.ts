import type { ArtifactName, Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { openSource } from '../source/open-source.ts';
import { KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { channelOf } from '../tuf/channel.ts';
import { closeChannel, deprecate, releaseTo, yank } from './offering.ts';

const v = (text: string) => text as Version;
const stable = channelOf('stable');

async function withVersions(...versions: string[]): Promise<SampleRegistry> {
  const registry = await SampleRegistry.create();
  for (const version of versions) await registry.publish(samplePack(version));
  return registry;
}

const installed = async (registry: SampleRegistry, range: string) =>
  (await registry.install({ range })).artifact.version;

describe('a channel', () => {
  test('gives whoever follows it the version it points at, forwards and back', async () => {
    await using registry = await withVersions('1.0.0', '1.1.0');
    for (const version of ['1.0.0', '1.1.0', '1.0.0']) {
      await releaseTo(registry.folder, { name: SAMPLE, version: v(version), channel: stable, ...registry.keys });
      expect(await installed(registry, 'stable')).toBe(version);
    }
  });

  test('can be opened by the publication itself, also for a prerelease', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('2.0.0-rc.1'), undefined, { channels: [channelOf('edge')] });
    expect(await installed(registry, 'edge')).toBe('2.0.0-rc.1');
    await expect(registry.install({ range: '*' })).rejects.toMatchObject({ code: 'pack/version-not-found' });
  });

  test('is followed at the next lower risk once it is closed, and cannot be closed twice', async () => {
    await using registry = await withVersions('1.0.0');
    await registry.publish(samplePack('1.1.0'), undefined, { channels: [channelOf('beta')] });
    await releaseTo(registry.folder, { name: SAMPLE, version: v('1.0.0'), channel: stable, ...registry.keys });
    expect(await installed(registry, 'beta')).toBe('1.1.0');
    const beta = { name: SAMPLE, channel: channelOf('beta'), ...registry.keys };
    await closeChannel(registry.folder, beta);
    expect(await installed(registry, 'beta')).toBe('1.0.0');
    await expect(closeChannel(registry.folder, beta)).rejects.toMatchObject({ code: 'pack/channel-closed' });
  });

  test('cannot point at what was never published', async () => {
    await using registry = await withVersions('1.0.0');
    const order = { name: SAMPLE, version: v('9.0.0'), channel: stable, ...registry.keys };
    await expect(releaseTo(registry.folder, order)).rejects.toMatchObject({ code: 'pack/version-not-found' });
  });

  test('is moved by nobody but the namespace', async () => {
    await using registry = await withVersions('1.0.0');
    const keys = { ...registry.keys, namespaceKeys: [KEYS.stranger.secretKey] };
    const order = { name: SAMPLE, version: v('1.0.0'), channel: stable, ...keys };
    await expect(releaseTo(registry.folder, order)).rejects.toMatchObject({ code: 'registry/namespace-denied' });
    await expect(registry.install({ range: 'stable' })).rejects.toMatchObject({ code: 'pack/channel-closed' });
  });
});

describe('a version taken back', () => {
  const order = (registry: SampleRegistry, reason?: string) => ({
    name: SAMPLE,
    version: v('1.1.0'),
    reason,
    ...registry.keys,
  });

  test('is passed over by ranges, refused by name with pack/yanked, and kept by who has it', async () => {
    await using registry = await withVersions('1.0.0', '1.1.0');
    await yank(registry.folder, order(registry, 'Loses writes.'));
    expect(await installed(registry, '*')).toBe('1.0.0');
    await expect(registry.install({ range: '1.1.0' })).rejects.toMatchObject({
      code: 'pack/yanked',
      message: expect.stringContaining('Loses writes.'),
    });
  });

  test('can be offered again', async () => {
    await using registry = await withVersions('1.0.0', '1.1.0');
    await yank(registry.folder, order(registry, 'By mistake.'));
    await yank(registry.folder, order(registry));
    expect(await installed(registry, '*')).toBe('1.1.0');
  });

  test('cannot be what a channel points at, nor become it', async () => {
    await using registry = await withVersions('1.0.0', '1.1.0');
    const release = { name: SAMPLE, version: v('1.1.0'), channel: stable, ...registry.keys };
    await releaseTo(registry.folder, release);
    await expect(yank(registry.folder, order(registry, 'Bad.'))).rejects.toMatchObject({ code: 'pack/channel-open' });
    await releaseTo(registry.folder, { ...release, version: v('1.0.0') });
    await yank(registry.folder, order(registry, 'Bad.'));
    await expect(releaseTo(registry.folder, release)).rejects.toMatchObject({ code: 'pack/yanked' });
  });

  test('needs a reason of one line that cannot move a cursor', async () => {
    await using registry = await withVersions('1.1.0');
    for (const reason of ['', 'two\nlines', '\u001b[2J', 'x'.repeat(513)]) {
      await expect(yank(registry.folder, order(registry, reason))).rejects.toMatchObject({ code: 'index/invalid' });
    }
    expect(await installed(registry, '*')).toBe('1.1.0');
  });
});

describe('a deprecated name', () => {
  const successor = 'acme.state.better' as ArtifactName;

  test('is installed all the same, and the decision says what its publisher advises', async () => {
    await using registry = await withVersions('1.0.0');
    const deprecation = { reason: 'No longer cared for.', successor };
    await deprecate(registry.folder, { name: SAMPLE, deprecation, ...registry.keys });
    const { decision } = await registry.install();
    const ruling = decision.rules.find(({ id }) => id === 'version/offered');
    expect(ruling).toMatchObject({ verdict: 'pass', looked: expect.stringContaining('No longer cared for.') });
    expect(ruling?.looked).toContain(successor);
  });

  test('can be cared for again; a name that was never published cannot be deprecated', async () => {
    await using registry = await withVersions('1.0.0');
    await deprecate(registry.folder, { name: SAMPLE, deprecation: { reason: 'Old.' }, ...registry.keys });
    await deprecate(registry.folder, { name: SAMPLE, deprecation: undefined, ...registry.keys });
    const source = openSource({
      registry: { name: 'main', location: registry.folder, root: registry.trustRoot.registries[0]?.root ?? null },
      cache: registry.cache,
      now: () => T0,
    });
    expect((await source.index(SAMPLE)).document.deprecated).toBeUndefined();
    await expect(
      deprecate(registry.folder, { name: successor, deprecation: { reason: 'Old.' }, ...registry.keys }),
    ).rejects.toMatchObject({ code: 'pack/not-found' });
  });
});
