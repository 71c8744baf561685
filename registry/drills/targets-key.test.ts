import { describe, expect, test } from 'vitest';
import { delegateNamespace } from '../publish/namespace-delegation.ts';
import { refreshIndex } from '../publish/registry.ts';
import { keyPool } from '../publish/registry-key.ts';
import { registryStatus } from '../publish/registry-status.ts';
import { rotateKeys } from '../publish/root-change.ts';
import { IndexForge } from '../testing/index-forge.ts';
import {
  KEYS,
  publishEvidence,
  ROLE_KEYS,
  SampleRegistry,
  samplePack,
  T0,
  trusted,
} from '../testing/sample-registry.ts';

const secret = (name: keyof typeof KEYS) => KEYS[name].secretKey;
const ROOT = ROLE_KEYS.root.secretKeys;
const ONLINE = [secret('snapshot'), secret('timestamp')];
const NEXT = KEYS.acmeSecond;
const rotate = (registry: SampleRegistry) =>
  rotateKeys(
    registry.folder,
    { roles: { targets: { add: [NEXT.publicKey], remove: [KEYS.targets.publicKey] } } },
    { secretKeys: [...ROOT, NEXT.secretKey, ...ONLINE], now: T0 },
  );

async function inUse(): Promise<SampleRegistry> {
  const registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  await registry.install();
  return registry;
}

describe('the targets key is lost', () => {
  test('publishers go on meanwhile; a next root names a new key, which signs the delegations anew', async () => {
    await using registry = await inUse();
    registry.registryKeys = keyPool(ONLINE);
    await registry.publish(samplePack('1.1.0'));
    await rotate(registry);
    const installed = await registry.install();
    expect([installed.artifact.version, installed.lockEntry.index.root]).toEqual(['1.1.0', 2]);
    const keys = [trusted(KEYS.kit)];
    const registryKeys = keyPool([NEXT.secretKey, ...ONLINE]);
    await delegateNamespace(registry.folder, { namespace: 'beta', keys, threshold: 1, registryKeys, now: T0 });
    await registry.install();
  });
});

describe('the targets key is stolen', () => {
  test('with the online keys the thief takes a namespace, in which no environment believes him; then he is out', async () => {
    await using registry = await inUse();
    const thief = KEYS.stranger;
    await delegateNamespace(registry.folder, {
      namespace: 'acme',
      keys: [trusted(thief)],
      threshold: 1,
      registryKeys: ROLE_KEYS,
      now: T0,
    });
    await refreshIndex(registry.folder, { secretKeys: [thief.secretKey, secret('targets'), ...ONLINE], now: T0 });
    const pack = samplePack('6.6.6');
    await registry.publish(pack, [publishEvidence(pack, thief)], { namespaceKeys: [thief.secretKey] });
    await expect(registry.install()).rejects.toMatchObject({ code: 'trust/threshold' });

    // 1. A next root names another key for the targets. He had the online keys as well: the drill for those is its own.
    await rotate(registry);
    // 2. What he delegated shows in the status, and is given back.
    const { namespaces } = await registryStatus(registry.folder, T0);
    expect(namespaces[0]?.keys).toEqual([thief.keyId]);
    const registryKeys = keyPool([NEXT.secretKey, ...ONLINE]);
    await delegateNamespace(registry.folder, {
      namespace: 'acme',
      keys: [trusted(KEYS.acme)],
      threshold: 1,
      registryKeys,
      now: T0,
    });
    // 3. The publisher signs its role anew.
    await refreshIndex(registry.folder, { secretKeys: [secret('acme'), ...ONLINE], now: T0 });
    expect((await registry.install({ range: '1.0.0' })).artifact.version).toBe('1.0.0');

    const signers = { targets: [secret('targets')] };
    await new IndexForge(registry).forge({ edit: { targets: () => undefined }, signers });
    await expect(registry.install({ range: '1.0.0' })).rejects.toMatchObject({ code: 'index/invalid' });
  });
});
