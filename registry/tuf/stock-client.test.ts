import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactName, canonicalize, digestOf, hexOf } from '@greentic/core';
import { describe, expect, test, vi } from 'vitest';
import { keyPool } from '../publish/registry-key.ts';
import { rotateKeys } from '../publish/root-change.ts';
import { type Forgery, IndexForge } from '../testing/index-forge.ts';
import { KEYS, ROLE_KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { StockClient } from '../testing/stock-client.ts';
import { widenIndex } from '../testing/wide-index.ts';
import { documentPath } from './metadata.ts';
import { TrustedIndex } from './trusted-index.ts';
import { encodeVersions } from './versions-document.ts';

// The stock client has no other time than the clock's.
vi.useFakeTimers({ now: T0, toFake: ['Date'] });

const ROOT = ROLE_KEYS.root.secretKeys;

/** What both clients make of an index: the same document, or a refusal. */
async function both(registry: SampleRegistry, stock: StockClient, name: ArtifactName = SAMPLE) {
  const root = Buffer.from(canonicalize(registry.trustRoot.registries[0]?.root));
  const read = (file: string) => readFile(join(registry.folder, 'tuf', file)).catch(() => undefined);
  const ours = await TrustedIndex.open({ root, read, now: T0 })
    .then((index) => index.versionsOf(name))
    .then(({ document }) => hexOf(digestOf(encodeVersions(document))))
    .catch(() => 'refused');
  const theirs = await stock.target(documentPath(name.split('.')[0] ?? '', name)).catch(() => 'refused');
  return { ours, theirs };
}

async function watched(): Promise<{ registry: SampleRegistry; stock: StockClient }> {
  const registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  const stock = await StockClient.create(registry.folder, registry.trustRoot.registries[0]?.root);
  return { registry, stock };
}

async function expectAgreement(registry: SampleRegistry, stock: StockClient, name?: ArtifactName): Promise<string> {
  const { ours, theirs } = await both(registry, stock, name);
  expect(ours).toMatch(/^[0-9a-f]{64}$/);
  expect(ours).toBe(theirs);
  return ours;
}

describe('the stock TUF client and ours see the same target', () => {
  test('while versions are published', async () => {
    const { registry, stock } = await watched();
    await using _ = registry;
    await using __ = stock;
    const first = await expectAgreement(registry, stock);
    for (const version of ['1.1.0', '1.2.0', '2.0.0']) await registry.publish(samplePack(version));
    expect(await expectAgreement(registry, stock)).not.toBe(first);
  });

  test('while every key is replaced', async () => {
    const { registry, stock } = await watched();
    await using _ = registry;
    await using __ = stock;
    await expectAgreement(registry, stock);
    const secretKeys = [
      ...ROOT,
      ...[KEYS.targets, KEYS.snapshot, KEYS.timestamp, KEYS.kit, KEYS.kitSecond].map(({ secretKey }) => secretKey),
    ];
    for (const [role, former, next] of [
      ['timestamp', KEYS.timestamp, KEYS.kit],
      ['snapshot', KEYS.snapshot, KEYS.kit],
      ['targets', KEYS.targets, KEYS.kit],
      ['root', KEYS.rootOne, KEYS.kitSecond],
    ] as const) {
      await rotateKeys(
        registry.folder,
        { roles: { [role]: { add: [next.publicKey], remove: [former.publicKey] } } },
        { secretKeys, now: T0 },
      );
      await expectAgreement(registry, stock);
    }
    registry.registryKeys = keyPool(secretKeys);
    await registry.publish(samplePack('1.1.0'));
    await expectAgreement(registry, stock);
  });

  test('in an index with namespaces and names in bins', async () => {
    const { registry, stock } = await watched();
    await using _ = registry;
    await using __ = stock;
    const wide = { registryKeys: registry.registryKeys, publisher: KEYS.kit, now: T0 };
    const names = await widenIndex(registry.folder, { namespaces: 140, names: 1 }, wide);
    for (const name of [names[0], names[70], names[139], SAMPLE]) await expectAgreement(registry, stock, name);
  });
});

/** Tampering that leaves everything else right; the stock client refuses each as well. */
const TAMPERING: [name: string, forgery: Forgery][] = [
  [
    'a timestamp by another key',
    { edit: { timestamp: () => undefined }, signers: { timestamp: [KEYS.stranger.secretKey] } },
  ],
  [
    'a snapshot by another key',
    { edit: { snapshot: () => undefined }, signers: { snapshot: [KEYS.stranger.secretKey] } },
  ],
  ['targets by another key', { edit: { targets: () => undefined }, signers: { targets: [KEYS.stranger.secretKey] } }],
  [
    'a namespace role by another key',
    { edit: { acme: () => undefined }, signers: { acme: [KEYS.stranger.secretKey] } },
  ],
  ['a root by one key', { edit: { root: () => undefined }, signers: { root: ROOT.slice(0, 1) } }],
  ['a root that skips a version', { edit: { root: (signed) => Object.assign(signed, { version: 7 }) } }],
  [
    'a timestamp that expired',
    { edit: { timestamp: (signed) => Object.assign(signed, { expires: '2031-04-30T00:00:00Z' }) } },
  ],
  [
    'a snapshot that expired',
    { edit: { snapshot: (signed) => Object.assign(signed, { expires: '2031-04-30T00:00:00Z' }) } },
  ],
  [
    'targets that expired',
    { edit: { targets: (signed) => Object.assign(signed, { expires: '2031-04-30T00:00:00Z' }) } },
  ],
  [
    'a namespace role that expired',
    { edit: { acme: (signed) => Object.assign(signed, { expires: '2031-04-30T00:00:00Z' }) } },
  ],
  ['a snapshot that drops a role', { edit: { snapshot: ({ meta }) => void delete meta['acme.json'] } }],
  [
    'a snapshot that goes back',
    { edit: { snapshot: ({ meta }) => Object.assign(meta['targets.json'], { version: 1 }) } },
  ],
  [
    'a snapshot of another hash',
    { edit: { timestamp: ({ meta }) => Object.assign(meta['snapshot.json'].hashes, { sha256: '0'.repeat(64) }) } },
  ],
  ['targets longer than named', { swap: { targets: (text) => `${text} ` } }],
  [
    'a namespace role changed after it was signed',
    { swap: { acme: (text) => text.replace('"length":', '"length":1') } },
  ],
  [
    'two signatures of one key',
    {
      file: { timestamp: ({ signatures: [one], signed }) => ({ signed, signatures: [one, one] }) },
      edit: { timestamp: () => undefined },
    },
  ],
  [
    'a major version of the specification nobody knows',
    { edit: { timestamp: (signed) => Object.assign(signed, { spec_version: '2.0.0' }) } },
  ],
  ['a version that is text', { edit: { timestamp: (signed) => Object.assign(signed, { version: '9' }) } }],
];

describe('the stock TUF client and ours both refuse', () => {
  test.each(TAMPERING)('%s', async (_, forgery) => {
    const { registry, stock } = await watched();
    await using __ = registry;
    await using ___ = stock;
    await new IndexForge(registry).forge(forgery);
    expect(await both(registry, stock)).toEqual({ ours: 'refused', theirs: 'refused' });
  });

  test('an index without a file it names', async () => {
    const { registry, stock } = await watched();
    await using _ = registry;
    await using __ = stock;
    const { path } = await new IndexForge(registry).file('acme');
    await rename(path, `${path}.gone`);
    expect(await both(registry, stock)).toEqual({ ours: 'refused', theirs: 'refused' });
  });
});
