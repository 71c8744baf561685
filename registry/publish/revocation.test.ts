import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Revocation, RevocationOverride, Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { openLocked } from '../install/open-locked.ts';
import { PackCache } from '../install/pack-cache.ts';
import { openSource } from '../source/open-source.ts';
import { daysLater, KEYS, SAMPLE, SampleRegistry, samplePack, T0, trusted } from '../testing/sample-registry.ts';
import { delegateNamespace } from './namespace-delegation.ts';
import { oneKey } from './registry-key.ts';
import { delegateRevocations, revoke, unrevoke } from './revocation.ts';

const REVOKERS = [KEYS.kitSecond, KEYS.acmeSecond];
const registryKeys = oneKey(KEYS.registry.secretKey);
const keysOf = (...holders: { secretKey: string }[]) => ({
  revokerKeys: holders.map(({ secretKey }) => secretKey),
  registryKeys,
  now: T0,
});
const [first, second] = REVOKERS as [(typeof REVOKERS)[0], (typeof REVOKERS)[0]];
const subject = { name: SAMPLE, version: '1.0.0' as Version };
const revocation = { ...subject, severity: 'critical', reason: 'It sends secrets away.' } as const;

/** A registry with one version, whose revocations are signed by one of these keys, or by two of two. */
async function withRevoker(threshold = 1): Promise<SampleRegistry> {
  const registry = await SampleRegistry.create();
  await registry.publish(samplePack('1.0.0'));
  await delegateRevocations(registry.folder, { threshold, ...keysOf(...REVOKERS.slice(0, threshold)) });
  return registry;
}

function listOf(registry: SampleRegistry, now = T0): Promise<readonly Revocation[]> {
  const [main] = registry.trustRoot.registries;
  if (main === undefined) throw new Error('sample');
  return openSource({ registry: main, cache: registry.cache, now: () => now }).revocations();
}

describe('a revoked version', () => {
  test('is installed by nobody: not by name, not by range, not by channel', async () => {
    await using registry = await withRevoker();
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    const reason = expect.stringContaining(revocation.reason);
    await expect(registry.install({ range: '1.0.0' })).rejects.toMatchObject({ code: 'pack/revoked', message: reason });
    for (const range of ['*', '^1.0.0'])
      await expect(registry.install({ range })).rejects.toMatchObject({ code: 'pack/revoked' });
  });

  test('is refused by an environment that had it, from its cache, once that knows', async () => {
    await using registry = await withRevoker();
    const { lockEntry: entry } = await registry.install();
    const added = await revoke(registry.folder, { revocation, ...keysOf(first) });
    const cache = new PackCache(registry.cache);
    const locked = { entry, trustRoot: registry.trustRoot, cache, now: T0 };
    await expect(openLocked({ ...locked, revocations: [added] })).rejects.toMatchObject({ code: 'pack/revoked' });
    const override: RevocationOverride = {
      digest: entry.digest,
      reason: 'One more day.',
      by: 'ada',
      until: daysLater(1).toISOString(),
    };
    const spared = { ...locked, revocations: [added], overrides: [override] };
    await expect(openLocked(spared)).resolves.toMatchObject({ decision: { verdict: 'admitted' } });
    await expect(openLocked({ ...spared, now: daysLater(1) })).rejects.toMatchObject({ code: 'pack/revoked' });
  });

  test('is named by its bytes: the list holds the digest that the index names', async () => {
    await using registry = await withRevoker();
    const { artifact } = await registry.install();
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    expect(await listOf(registry)).toEqual([{ ...revocation, digest: artifact.digest, since: T0.toISOString() }]);
  });

  test('leaves other versions as they are', async () => {
    await using registry = await withRevoker();
    await registry.publish(samplePack('1.1.0'));
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    await expect(registry.install({ range: '1.1.0' })).resolves.toMatchObject({ decision: { verdict: 'admitted' } });
  });

  test('is admitted again once that is taken back', async () => {
    await using registry = await withRevoker();
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    await unrevoke(registry.folder, { ...subject, ...keysOf(first) });
    await expect(registry.install()).resolves.toMatchObject({ decision: { verdict: 'admitted' } });
    await expect(unrevoke(registry.folder, { ...subject, ...keysOf(first) })).rejects.toMatchObject({
      code: 'pack/not-revoked',
    });
  });
});

describe('who may revoke', () => {
  test('nobody, in a registry that chose nobody', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'));
    await expect(revoke(registry.folder, { revocation, ...keysOf(first) })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
    expect(await listOf(registry)).toEqual([]);
  });

  test.each([
    ['a stranger', KEYS.stranger],
    ['the publisher of the version', KEYS.acme],
    ['the key of the index', KEYS.registry],
  ])('not %s', async (_, key) => {
    await using registry = await withRevoker();
    await expect(revoke(registry.folder, { revocation, ...keysOf(key) })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
    await expect(registry.install()).resolves.toBeDefined();
  });

  test('not one of two where two are needed, nor one of them twice', async () => {
    await using registry = await withRevoker(2);
    for (const keys of [keysOf(first), keysOf(second), keysOf(first, first)]) {
      await expect(revoke(registry.folder, { revocation, ...keys })).rejects.toMatchObject({
        code: 'registry/namespace-denied',
      });
    }
    await revoke(registry.folder, { revocation, ...keysOf(first, second) });
    await expect(registry.install()).rejects.toMatchObject({ code: 'pack/revoked' });
  });

  test('those chosen last; what was revoked before stays revoked', async () => {
    await using registry = await withRevoker();
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    await delegateRevocations(registry.folder, { threshold: 1, ...keysOf(second) });
    await expect(registry.install()).rejects.toMatchObject({ code: 'pack/revoked' });
    await expect(unrevoke(registry.folder, { ...subject, ...keysOf(first) })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
  });

  test('the role is no namespace that could be delegated to a publisher', async () => {
    await using registry = await withRevoker();
    const order = { namespace: 'revocations', keys: [trusted(KEYS.stranger)], threshold: 1, registryKeys, now: T0 };
    await expect(delegateNamespace(registry.folder, order)).rejects.toMatchObject({ code: 'input/invalid' });
  });
});

describe('what cannot be revoked', () => {
  test.each([
    ['a version that was never published', { ...revocation, version: '9.9.9' as Version }, 'pack/version-not-found'],
    ['with a reason of two lines', { ...revocation, reason: 'a\nb' }, 'index/invalid'],
    ['with an empty reason', { ...revocation, reason: '' }, 'index/invalid'],
  ])('%s', async (_, wrong, code) => {
    await using registry = await withRevoker();
    await expect(revoke(registry.folder, { revocation: wrong, ...keysOf(first) })).rejects.toMatchObject({ code });
    await expect(registry.install()).resolves.toBeDefined();
  });

  test('the same version twice', async () => {
    await using registry = await withRevoker();
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    await expect(revoke(registry.folder, { revocation, ...keysOf(first) })).rejects.toMatchObject({
      code: 'input/invalid',
    });
  });
});

describe('a list that is held back', () => {
  test('is refused when it has run out, as long as nobody signs it anew: no install without it', async () => {
    await using registry = await withRevoker();
    await expect(listOf(registry, daysLater(8))).rejects.toMatchObject({ code: 'index/expired' });
    await expect(registry.install({ now: () => daysLater(8) })).rejects.toMatchObject({ code: 'index/expired' });
  });

  test.each([
    ['its role', (file: string) => /^\d+\.revocations\.json$/.test(file)],
    ['its file', (file: string) => file.startsWith(join('targets', 'revocations'))],
  ])('by taking away %s refuses every install', async (_, matches) => {
    await using registry = await withRevoker();
    await revoke(registry.folder, { revocation, ...keysOf(first) });
    const folder = join(registry.folder, 'tuf');
    for (const file of (await readdir(folder, { recursive: true })).filter(matches)) {
      await rm(join(folder, file), { recursive: true, force: true });
    }
    await expect(registry.install()).rejects.toMatchObject({ code: 'registry/incomplete' });
  });
});
