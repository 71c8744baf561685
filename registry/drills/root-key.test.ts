import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { delegateNamespace } from '../publish/namespace-delegation.ts';
import { initRegistry } from '../publish/registry.ts';
import { keyPool } from '../publish/registry-key.ts';
import { proposeRoot, publishRoot, rotateKeys } from '../publish/root-change.ts';
import { signProposal } from '../publish/root-proposal.ts';
import { IndexForge } from '../testing/index-forge.ts';
import {
  KEYS,
  ROLE_KEYS,
  SampleRegistry,
  samplePack,
  sampleTrustRoot,
  T0,
  trusted,
} from '../testing/sample-registry.ts';

const secret = (name: keyof typeof KEYS) => KEYS[name].secretKey;
/** The first root key is gone; a new one takes its place. */
const replaceOne = { roles: { root: { add: [KEYS.acmeSecond.publicKey], remove: [KEYS.rootOne.publicKey] } } };

/** A registry with a root of two keys out of three, and an environment that has installed from it. */
async function inUse(): Promise<SampleRegistry> {
  const registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  await registry.install();
  return registry;
}

/** Two holders that are left sign the next root on their own machines, and it is published. */
async function replace(registry: SampleRegistry): Promise<void> {
  let proposal = await proposeRoot(registry.folder, replaceOne, T0);
  for (const name of ['rootTwo', 'rootThree'] as const) proposal = signProposal(proposal, secret(name));
  await publishRoot(registry.folder, proposal, { secretKeys: [], now: T0 });
}

describe('one root key of three is lost', () => {
  test('the holders that are left replace it, and nobody else has to do anything', async () => {
    await using registry = await inUse();
    await replace(registry);
    expect((await registry.install()).lockEntry.index.root).toBe(2);
    await registry.publish(samplePack('1.1.0'));
    expect((await registry.install()).artifact.version).toBe('1.1.0');
  });
});

describe('one root key of three is stolen', () => {
  test('the thief alone can do nothing, and after the same steps not with another’s help either', async () => {
    await using registry = await inUse();
    await using early = await registry.copy();
    await new IndexForge(early).forge({ edit: { root: () => undefined }, signers: { root: [secret('rootOne')] } });
    await expect(early.install()).rejects.toMatchObject({ code: 'index/invalid' });

    await replace(registry);
    await registry.install();
    const signers = { root: [secret('rootOne'), secret('rootTwo')] };
    await new IndexForge(registry).forge({ edit: { root: () => undefined }, signers });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

describe('so many root keys are lost or stolen that the root cannot be replaced', () => {
  test('the registry gets a first root anew, and every environment pins it; with the former root it is refused', async () => {
    await using registry = await inUse();
    const tooFew = rotateKeys(registry.folder, replaceOne, { secretKeys: [secret('rootThree')], now: T0 });
    await expect(tooFew).rejects.toMatchObject({ code: 'trust/threshold' });

    await rm(registry.folder, { recursive: true });
    const root = { secretKeys: [secret('acmeSecond'), secret('kitSecond')], threshold: 2 };
    registry.registryKeys = { ...keyPool([secret('kit')]), root };
    const pinned = await initRegistry(registry.folder, { keys: registry.registryKeys, now: T0 });
    const keys = [trusted(KEYS.acme)];
    const { registryKeys } = registry;
    await delegateNamespace(registry.folder, { namespace: 'acme', keys, threshold: 1, registryKeys, now: T0 });
    await registry.publish(samplePack());

    await expect(registry.install()).rejects.toMatchObject({ code: expect.stringMatching(/^index\//) });
    const trustRoot = sampleTrustRoot(registry.folder, pinned);
    expect((await registry.install({ trustRoot })).artifact.version).toBe('1.0.0');
  });
});
