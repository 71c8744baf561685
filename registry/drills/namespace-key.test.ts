import { describe, expect, test } from 'vitest';
import { delegateNamespace } from '../publish/namespace-delegation.ts';
import { attachEvidence } from '../publish/publication.ts';
import { refreshIndex } from '../publish/registry.ts';
import { IndexForge } from '../testing/index-forge.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  ROLE_KEYS,
  SAMPLE,
  SampleRegistry,
  samplePack,
  sampleTrustRoot,
  T0,
  trusted,
} from '../testing/sample-registry.ts';

const NEXT = KEYS.acmeSecond;
const ONLINE = [KEYS.snapshot.secretKey, KEYS.timestamp.secretKey];
const GOOD = samplePack();

async function inUse(): Promise<SampleRegistry> {
  const registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(GOOD);
  await registry.install();
  return registry;
}

/** The owner delegates the namespace to the new key, the publisher signs its role, and its versions, with that. */
async function replace(registry: SampleRegistry): Promise<void> {
  const keys = [trusted(NEXT)];
  await delegateNamespace(registry.folder, { namespace: 'acme', keys, threshold: 1, registryKeys: ROLE_KEYS, now: T0 });
  await refreshIndex(registry.folder, { secretKeys: [NEXT.secretKey, ...ONLINE], now: T0 });
  const evidence = [publishEvidence(GOOD, NEXT)];
  const options = { ...registry.keys, namespaceKeys: [NEXT.secretKey] };
  await attachEvidence(registry.folder, { name: SAMPLE, version: GOOD.version, evidence, ...options });
}

/** An environment takes the publisher's new key, and drops the former one. */
function takeNewKey(registry: SampleRegistry): void {
  const publishers = [{ namespace: 'acme', keys: [trusted(NEXT)], threshold: 1 }];
  registry.trustRoot = sampleTrustRoot(registry.folder, registry.trustRoot.registries[0]?.root, {
    version: 2,
    publishers,
  });
}

describe('a publisher’s key is lost', () => {
  test('another takes its place, and signs again what is to be installed', async () => {
    await using registry = await inUse();
    await replace(registry);
    expect((await registry.install()).artifact.version).toBe('1.0.0');
    takeNewKey(registry);
    expect((await registry.install()).artifact.version).toBe('1.0.0');
    await registry.publish(
      samplePack('1.1.0'),
      [publishEvidence(samplePack('1.1.0'), NEXT), kitEvidence(samplePack('1.1.0'))],
      {
        namespaceKeys: [NEXT.secretKey],
      },
    );
    expect((await registry.install()).artifact.version).toBe('1.1.0');
  });
});

describe('a publisher’s key is stolen', () => {
  test('what the thief published stays refused by whoever took the new key, and he publishes no more', async () => {
    await using registry = await inUse();
    const evil = samplePack('6.6.6');
    await registry.publish(evil, [publishEvidence(evil), kitEvidence(evil)]);
    expect((await registry.install()).artifact.version).toBe('6.6.6');

    await replace(registry);
    takeNewKey(registry);
    expect((await registry.install({ range: '1.0.0' })).artifact.version).toBe('1.0.0');
    await expect(registry.install({ range: '6.6.6' })).rejects.toMatchObject({ code: 'trust/threshold' });

    await expect(registry.publish(samplePack('6.6.7'))).rejects.toMatchObject({ code: 'registry/namespace-denied' });
    await new IndexForge(registry).forge({ edit: { acme: () => undefined } });
    await expect(registry.install({ range: '1.0.0' })).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('where two of a publisher’s keys have to sign, the thief of one has nothing', async () => {
    await using registry = await inUse();
    const keys = [trusted(KEYS.acme), trusted(NEXT)];
    await delegateNamespace(registry.folder, {
      namespace: 'acme',
      keys,
      threshold: 2,
      registryKeys: ROLE_KEYS,
      now: T0,
    });
    await expect(registry.publish(samplePack('6.6.6'))).rejects.toMatchObject({ code: 'registry/namespace-denied' });
  });
});
