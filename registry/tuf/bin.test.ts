import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactName, canonicalize } from '@greentic/core';
import { SuccinctRoles } from '@tufjs/models/dist/role.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IndexChange } from '../publish/index-change.ts';
import { delegateNamespace, delegationFor } from '../publish/namespace-delegation.ts';
import { putNames } from '../publish/namespace-names.ts';
import { refreshIndex } from '../publish/registry.ts';
import { registryStatus } from '../publish/registry-status.ts';
import { delegateRevocations } from '../publish/revocation.ts';
import { rotateKeys } from '../publish/root-change.ts';
import { daysLater, KEYS, ROLE_KEYS, SampleRegistry, samplePack, T0, trusted } from '../testing/sample-registry.ts';
import { widenIndex } from '../testing/wide-index.ts';
import { nameBin, nameBins, namespaceBin, ROLE_MAX } from './bin.ts';
import { documentPath, tufKeyId, tufKeyOf } from './metadata.ts';
import type { TargetsRole } from './signed.ts';
import { TrustedIndex } from './trusted-index.ts';

const KIT = KEYS.kit;
const wideKeys = { registryKeys: ROLE_KEYS, publisher: KIT, now: T0 };
const PARTNER = ArtifactName.parse('partner-0.state.store-0');
const OTHER = ArtifactName.parse('partner-0.state.other');
const BELOW = [KEYS.targets, KEYS.snapshot, KEYS.timestamp].map(({ secretKey }) => secretKey);

/** Two registries that are dear to make, to be copied: with many namespaces, and with many names in one. */
let manyNamespaces: SampleRegistry;
let manyNames: SampleRegistry;
beforeAll(async () => {
  manyNamespaces = await SampleRegistry.create(ROLE_KEYS);
  await manyNamespaces.publish(samplePack());
  await widenIndex(manyNamespaces.folder, { namespaces: 130, names: 1 }, wideKeys);
  manyNames = await SampleRegistry.create(ROLE_KEYS);
  await widenIndex(manyNames.folder, { namespaces: 1, names: ROLE_MAX + 1 }, wideKeys);
}, 120_000);
afterAll(async () => {
  await manyNamespaces[Symbol.asyncDispose]();
  await manyNames[Symbol.asyncDispose]();
});

/** What a reader finds who comes for the first time. */
async function look(registry: SampleRegistry, name: ArtifactName, now = T0) {
  const root = Buffer.from(canonicalize(registry.trustRoot.registries[0]?.root));
  const read = (file: string) => readFile(join(registry.folder, 'tuf', file)).catch(() => undefined);
  return (await TrustedIndex.open({ root, read, now })).versionsOf(name);
}

/** Changes a delegated role with the keys given, and seals it rightly. */
async function forgeRole(
  registry: SampleRegistry,
  name: string,
  signers: readonly string[],
  edit: (role: TargetsRole) => TargetsRole,
) {
  const change = await IndexChange.open(registry.folder, { now: T0 });
  const keyids = change.root.roles.targets.keyids;
  change.putNamespace(
    { name, keyids: [...keyids, ...signers.map(tufKeyId)] },
    edit(await change.namespaceRole(name)),
    signers,
  );
  change.seal(ROLE_KEYS);
  await change.commit();
}

describe('bins', () => {
  test('are those of TAP 15, as tuf-js counts them', () => {
    const roles = new SuccinctRoles({ keyIDs: [], threshold: 1, bitLength: 5, namePrefix: 'acme.names' });
    expect(nameBins('acme')).toEqual([...roles.getRoles()]);
    fc.assert(
      fc.property(fc.string(), (path) => {
        expect(nameBin('acme', path)).toBe(roles.getRoleForTarget(path));
        expect(nameBins('acme')).toContain(nameBin('acme', path));
      }),
    );
  });

  test('keep every role short, whichever the namespaces are', async () => {
    for (const registry of [manyNamespaces, manyNames]) {
      const change = await IndexChange.open(registry.folder, { now: T0 });
      for (const file of Object.keys(change.snapshot.meta)) {
        const role = file === 'targets.json' ? change.targets : await change.namespaceRole(file.replace(/\.json$/, ''));
        expect(Object.keys(role.targets).length).toBeLessThanOrEqual(ROLE_MAX);
        expect(role.delegations?.roles?.length ?? 0).toBeLessThanOrEqual(ROLE_MAX);
      }
    }
  });
});

describe('whoever lists an index', () => {
  async function open(registry: SampleRegistry) {
    const root = Buffer.from(canonicalize(registry.trustRoot.registries[0]?.root));
    const read = (file: string) => readFile(join(registry.folder, 'tuf', file)).catch(() => undefined);
    return TrustedIndex.open({ root, read, now: T0 });
  }

  test('sees the namespaces of all bins, and the names of all bins', async () => {
    const namespaces = await (await open(manyNamespaces)).namespaces();
    expect(namespaces).toHaveLength(131);
    expect(namespaces).toContain('acme');
    expect(await (await open(manyNames)).namesOf('partner-0')).toHaveLength(ROLE_MAX + 1);
    await expect((await open(manyNames)).namesOf('nobody')).rejects.toMatchObject({ code: 'pack/not-found' });
  });
});

describe('an index with more namespaces than one role holds', () => {
  test('is read through a bin, and by who saw it before it had any', async () => {
    expect((await look(manyNamespaces, PARTNER)).document.versions).toHaveLength(1);
    await using registry = await SampleRegistry.create(ROLE_KEYS);
    await registry.publish(samplePack());
    await registry.install();
    await widenIndex(registry.folder, { namespaces: 129, names: 1 }, wideKeys);
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test('is published into, delegated in and signed anew as any other', async () => {
    await using registry = await manyNamespaces.copy();
    await registry.publish(samplePack('1.1.0'));
    expect((await registry.install()).artifact.version).toBe('1.1.0');
    await delegateNamespace(registry.folder, {
      namespace: 'acme',
      keys: [trusted(KEYS.acmeSecond)],
      threshold: 1,
      registryKeys: ROLE_KEYS,
      now: T0,
    });
    await expect(registry.publish(samplePack('1.2.0'))).rejects.toMatchObject({ code: 'registry/namespace-denied' });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
    await refreshIndex(registry.folder, { secretKeys: [...BELOW, KEYS.acmeSecond.secretKey], now: T0 });
    expect((await registry.install()).artifact.version).toBe('1.1.0');
    expect((await registryStatus(registry.folder, T0)).namespaces).toHaveLength(131);
  });

  test('keeps the role that withdraws versions where every look finds it', async () => {
    await using registry = await manyNamespaces.copy();
    const revokerKeys = [KEYS.acmeSecond.secretKey];
    await delegateRevocations(registry.folder, { revokerKeys, threshold: 1, registryKeys: ROLE_KEYS, now: T0 });
    expect((await registry.install()).artifact.version).toBe('1.0.0');
    const { targets } = await IndexChange.open(registry.folder, { now: T0 });
    expect(targets.delegations?.roles?.map(({ name }) => name)).toContain('revocations');
    const root = Buffer.from(canonicalize(registry.trustRoot.registries[0]?.root));
    const read = (file: string) => readFile(join(registry.folder, 'tuf', file)).catch(() => undefined);
    const index = await TrustedIndex.open({ root, read, now: T0 });
    expect(await index.revocations()).toEqual([]);
    expect(await index.namespaces()).not.toContain('revocations');
  });

  test('follows its targets key into another, bins and all', async () => {
    await using registry = await manyNamespaces.copy();
    const change = { roles: { targets: { add: [KEYS.stranger.publicKey], remove: [KEYS.targets.publicKey] } } };
    const secretKeys = [...ROLE_KEYS.root.secretKeys, ...BELOW, KEYS.stranger.secretKey];
    await rotateKeys(registry.folder, change, { secretKeys, now: T0 });
    expect((await look(registry, PARTNER)).document.versions).toHaveLength(1);
  });

  test('holds only as long as the bin does', async () => {
    await using registry = await manyNamespaces.copy();
    const online = [KEYS.snapshot, KEYS.timestamp].map(({ secretKey }) => secretKey);
    await refreshIndex(registry.folder, {
      secretKeys: [...online, KIT.secretKey],
      now: daysLater(89),
      expiry: { snapshot: 900 },
    });
    await expect(look(registry, PARTNER, daysLater(91))).rejects.toMatchObject({ code: 'index/expired' });
  });

  test('is refused when a bin is signed by others, or under other keys than the targets', async () => {
    const bin = namespaceBin('partner-0');
    await using stolen = await manyNamespaces.copy();
    await forgeRole(stolen, bin, [KEYS.stranger.secretKey], (role) => role);
    await expect(look(stolen, PARTNER)).rejects.toMatchObject({ code: 'index/invalid' });

    // Rightly signed by the key that the targets name for it: only that this is no targets key is wrong.
    await using weaker = await manyNamespaces.copy();
    const change = await IndexChange.open(weaker.folder, { now: T0 });
    const { id, key } = tufKeyOf(KEYS.snapshot.publicKey);
    const roles = (change.targets.delegations?.roles ?? []).map((role) =>
      role.name === bin ? { ...role, keyids: [id] } : role,
    );
    const keys = { ...change.targets.delegations?.keys, [id]: key };
    change.putNamespace({ name: bin, keyids: [id] }, await change.namespaceRole(bin), [KEYS.snapshot.secretKey]);
    change.putTargets({ ...change.targets, delegations: { keys, roles } }, BELOW);
    change.seal(ROLE_KEYS);
    await change.commit();
    await expect(look(weaker, PARTNER)).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('has no names in the bin itself: only the namespace’s keys decide', async () => {
    await using registry = await manyNamespaces.copy();
    const target = { length: 1, hashes: { sha256: '0'.repeat(64) } };
    await forgeRole(registry, namespaceBin('partner-0'), BELOW, (role) => ({
      ...role,
      targets: { [documentPath('partner-0', PARTNER)]: target },
    }));
    expect((await look(registry, PARTNER)).document.versions).toHaveLength(1);
  });

  test('knows nothing of a namespace that its bin does not delegate, or that is put into another bin', async () => {
    await using registry = await manyNamespaces.copy();
    await forgeRole(registry, namespaceBin('partner-0'), BELOW, (role) => ({
      ...role,
      delegations: { keys: {}, roles: [] },
    }));
    await expect(look(registry, PARTNER)).rejects.toMatchObject({ code: 'pack/not-found' });
    await expect(look(registry, ArtifactName.parse('nobody.state.store'))).rejects.toMatchObject({
      code: 'pack/not-found',
    });
  });
});

describe('a namespace with more names than one role holds', () => {
  const path = documentPath('partner-0', OTHER);

  /** Publishes one more name, as a holder of the namespace does. */
  async function add(registry: SampleRegistry, secretKey: string) {
    const change = await IndexChange.open(registry.folder, { now: T0 });
    const delegation = await delegationFor(change, 'partner-0', [secretKey]);
    const target = change.putTarget(
      path,
      Buffer.from(canonicalize({ schema: 'greentic.versions/1', name: OTHER, versions: [] })),
    );
    await putNames(change, delegation, { [path]: target }, [secretKey]);
    change.seal(ROLE_KEYS);
    await (await change.verify()).versionsOf(OTHER);
    await change.commit();
  }

  test('is read through the bin its name falls into, and grows there', async () => {
    await using registry = await manyNames.copy();
    expect((await look(registry, PARTNER)).document.versions).toHaveLength(1);
    const before = await readdir(join(registry.folder, 'tuf'));
    await add(registry, KIT.secretKey);
    const written = (await readdir(join(registry.folder, 'tuf'))).filter((file) => !before.includes(file));
    expect(written).toHaveLength(2);
    expect(written.some((file) => file.includes(nameBin('partner-0', path)))).toBe(true);
    const status = (await registryStatus(registry.folder, T0)).namespaces.find(
      ({ namespace }) => namespace === 'partner-0',
    );
    expect(status).toMatchObject({ names: ROLE_MAX + 2, versions: ROLE_MAX + 1 });
  });

  test('comes under new keys with all its bins, and the former key is out', async () => {
    await using registry = await manyNames.copy();
    const next = KEYS.acmeSecond;
    await delegateNamespace(registry.folder, {
      namespace: 'partner-0',
      keys: [trusted(next)],
      threshold: 1,
      registryKeys: ROLE_KEYS,
      now: T0,
    });
    await expect(look(registry, PARTNER)).rejects.toMatchObject({ code: 'index/invalid' });
    await add(registry, next.secretKey);
    expect((await look(registry, PARTNER)).document.versions).toHaveLength(1);
    await forgeRole(
      registry,
      nameBin('partner-0', documentPath('partner-0', PARTNER)),
      [KIT.secretKey],
      (role) => role,
    );
    await expect(look(registry, PARTNER)).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('is refused when its bins are under other keys than the namespace, though its holder said so', async () => {
    await using registry = await manyNames.copy();
    await forgeRole(registry, 'partner-0', [KIT.secretKey], (role) => {
      const { succinct_roles: bins, ...others } = role.delegations ?? { keys: {} };
      if (bins === undefined) throw new Error('sample');
      const { id, key } = tufKeyOf(KEYS.stranger.publicKey);
      return { ...role, delegations: { ...others, keys: { [id]: key }, succinct_roles: { ...bins, keyids: [id] } } };
    });
    await forgeRole(
      registry,
      nameBin('partner-0', documentPath('partner-0', PARTNER)),
      [KEYS.stranger.secretKey],
      (role) => role,
    );
    await expect(look(registry, PARTNER)).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('is signed anew with its bins', async () => {
    await using registry = await manyNames.copy();
    await refreshIndex(registry.folder, {
      secretKeys: [...BELOW, KIT.secretKey],
      now: daysLater(60),
      expiry: { timestamp: 90, snapshot: 90 },
    });
    expect((await look(registry, PARTNER, daysLater(120))).document.versions).toHaveLength(1);
  });
});
