import { describe, expect, test } from 'vitest';
import { daysLater, KEYS, ROLE_KEYS, SampleRegistry, samplePack, T0, trusted } from '../testing/sample-registry.ts';
import { delegateNamespace } from './namespace-delegation.ts';
import { expiringWithin, registryStatus } from './registry-status.ts';
import { delegateRevocations } from './revocation.ts';

describe('the status of a registry', () => {
  test('tells of every role who signs it, how often it was signed, and until when it holds', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    await registry.publish(samplePack('1.1.0'));
    const status = await registryStatus(registry.folder, T0);
    expect(status.roles.map(({ role, version, threshold, keys }) => [role, version, threshold, keys.length])).toEqual([
      ['root', 1, 2, 3],
      ['targets', 2, 1, 1],
      ['snapshot', 4, 1, 1],
      ['timestamp', 4, 1, 1],
    ]);
    expect(status.namespaces).toEqual([
      {
        namespace: 'acme',
        keys: [KEYS.acme.keyId],
        threshold: 1,
        version: 2,
        expires: '2031-07-30T12:00:00Z',
        names: 1,
        versions: 2,
      },
    ]);
    expect(status).not.toHaveProperty('problem');
  });

  test('tells of a namespace in which nothing was published', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    const keys = [trusted(KEYS.acmeSecond)];
    await delegateNamespace(registry.folder, {
      namespace: 'beta',
      keys,
      threshold: 1,
      registryKeys: ROLE_KEYS,
      now: T0,
    });
    const { namespaces } = await registryStatus(registry.folder, T0);
    expect(namespaces.at(-1)).toEqual({
      namespace: 'beta',
      keys: [KEYS.acmeSecond.keyId],
      threshold: 1,
      version: 0,
      names: 0,
      versions: 0,
    });
  });

  test('tells of the role that withdraws versions among the roles, not the namespaces', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    const revokerKeys = [KEYS.acmeSecond.secretKey];
    await delegateRevocations(registry.folder, { revokerKeys, threshold: 1, registryKeys: ROLE_KEYS, now: T0 });
    const { roles, namespaces } = await registryStatus(registry.folder, T0);
    expect(roles.at(-1)).toMatchObject({ role: 'revocations', version: 1, expires: '2031-05-08T12:00:00Z' });
    expect(namespaces.map(({ namespace }) => namespace)).toEqual(['acme']);
  });

  test('tells why readers refuse it', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    expect(await registryStatus(registry.folder, daysLater(8))).toMatchObject({ problem: { code: 'index/expired' } });
  });

  test('tells what runs out within some days, soonest first', async () => {
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    const status = await registryStatus(registry.folder, T0);
    const within = (days: number) => expiringWithin(status, days, T0).map(({ role }) => role);
    expect(within(6)).toEqual([]);
    expect(within(7)).toEqual(['timestamp']);
    expect(within(90)).toEqual(['timestamp', 'snapshot', 'targets', 'acme']);
    expect(within(400)).toContain('root');
  });

  test('is refused for a folder that holds none', async () => {
    await expect(registryStatus('/nowhere', T0)).rejects.toMatchObject({ code: 'registry/unreachable' });
  });
});
