import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyPairOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { IndexChange } from '../publish/index-change.ts';
import { oneKey } from '../publish/registry-key.ts';
import { KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import {
  documentPath,
  encodeMetadata,
  expiryAfter,
  metadataFile,
  metaFactsOf,
  targetFile,
  tufKeyOf,
} from './metadata.ts';
import { type Delegation, SPEC_VERSION, type TargetsRole, TOP_ROLES } from './signed.ts';
import { decodeVersions, encodeVersions } from './versions-document.ts';

const registryKeys = oneKey(KEYS.registry.secretKey);
const path = documentPath('acme', SAMPLE);

/** Changes the index with all the keys of the registry's owner: what somebody can do who stole the registry. */
async function steal(registry: SampleRegistry, change: (index: IndexChange) => Promise<void> | void): Promise<void> {
  const index = await IndexChange.open(registry.folder, { now: T0 });
  await change(index);
  index.seal(registryKeys);
  await index.commit();
}

/** The delegation of `acme` as it is, to another key. */
function delegationTo(
  secretKey: string,
  name = 'acme',
): { delegation: Delegation; keys: Record<string, ReturnType<typeof tufKeyOf>['key']> } {
  const { id, key } = tufKeyOf(keyPairOf(secretKey).publicKey);
  return {
    delegation: { name, keyids: [id], threshold: 1, terminating: true, paths: ['acme/*'] },
    keys: { [id]: key },
  };
}

describe('whoever holds the registry but not the publisher’s key', () => {
  test('cannot sign the namespace’s role', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await steal(registry, async (index) => {
      index.putNamespace(delegationTo(KEYS.stranger.secretKey).delegation, await index.namespaceRole('acme'), [
        KEYS.stranger.secretKey,
      ]);
    });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('cannot speak for a namespace in the top-level targets', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await steal(registry, async (index) => {
      const target = index.putTarget(
        path,
        encodeVersions({ schema: 'greentic.versions/1', name: SAMPLE, versions: [] }),
      );
      index.putTargets({ ...index.targets, targets: { [path]: target } }, [KEYS.registry.secretKey]);
    });
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test('cannot speak for a namespace through a role of another name', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await steal(registry, async (index) => {
      const { delegation, keys } = delegationTo(KEYS.stranger.secretKey, 'zebra');
      const former = index.targets.delegations;
      index.putTargets(
        {
          ...index.targets,
          delegations: { keys: { ...former?.keys, ...keys }, roles: [delegation, ...(former?.roles ?? [])] },
        },
        [KEYS.registry.secretKey],
      );
      const empty: TargetsRole = { ...(await index.namespaceRole('zebra')), targets: {} };
      index.putNamespace(delegation, empty, [KEYS.stranger.secretKey]);
    });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('can delegate the namespace to a thief, whose publications no environment admits', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await steal(registry, async (index) => {
      const { delegation, keys } = delegationTo(KEYS.stranger.secretKey);
      index.putTargets({ ...index.targets, delegations: { keys, roles: [delegation] } }, [KEYS.registry.secretKey]);
      index.putNamespace(delegation, await index.namespaceRole('acme'), [KEYS.stranger.secretKey]);
    });
    await registry.publish(samplePack('6.6.6'), [], { namespaceKeys: [KEYS.stranger.secretKey] });
    await expect(registry.install()).rejects.toMatchObject({ code: 'trust/threshold' });
  });

  test.each([...TOP_ROLES])('cannot pass off a delegated role as %s', async (name) => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await steal(registry, (index) => {
      const { delegation, keys } = delegationTo(KEYS.stranger.secretKey, name);
      index.putTargets({ ...index.targets, delegations: { keys, roles: [delegation] } }, [KEYS.registry.secretKey]);
    });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('cannot let one key count twice for a namespace', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await steal(registry, (index) => {
      const former = index.targets.delegations ?? { keys: {}, roles: [] };
      const [key] = Object.values(former.keys);
      if (key === undefined) throw new Error('sample');
      index.putTargets(
        { ...index.targets, delegations: { ...former, keys: { ...former.keys, ['f'.repeat(64)]: key } } },
        [KEYS.registry.secretKey],
      );
    });
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });
});

describe('metadata', () => {
  test('of one role in the place of another is refused with index/invalid', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const tuf = join(registry.folder, 'tuf');
    await writeFile(join(tuf, 'timestamp.json'), await readFile(join(tuf, '3.snapshot.json')));
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('signed by nobody, or by a stranger, is refused with index/invalid', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const snapshot = await readFile(join(registry.folder, 'tuf', '3.snapshot.json'));
    for (const secretKeys of [[], [KEYS.stranger.secretKey]]) {
      const signed = {
        _type: 'timestamp',
        spec_version: SPEC_VERSION,
        version: 9,
        expires: expiryAfter(T0, 1),
        meta: { 'snapshot.json': metaFactsOf(3, snapshot) },
      } as const;
      await writeFile(join(registry.folder, 'tuf', 'timestamp.json'), encodeMetadata(signed, secretKeys));
      await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
    }
  });

  test.each([
    '',
    '[]',
    'null',
    '{',
    '{"signed":{},"signatures":[]}',
    '{"__proto__":{}}',
    '['.repeat(5000),
    'x'.repeat(20_000),
  ])('that is hostile, %#, is refused with index/invalid', async (text) => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await writeFile(join(registry.folder, 'tuf', 'timestamp.json'), text);
    await expect(registry.install()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('expires some whole days ahead, never at once', () => {
    expect(expiryAfter(T0, 7)).toBe('2031-05-08T12:00:00Z');
    for (const days of [0, -1, Number.NaN])
      expect(() => expiryAfter(T0, days)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });

  test('is found by its version, targets by their digest', () => {
    expect(metadataFile('acme', 3)).toBe('3.acme.json');
    expect(metadataFile('timestamp', 3)).toBe('timestamp.json');
    expect(targetFile(path, 'ab')).toBe(`targets/acme/ab.${SAMPLE}.json`);
  });
});

describe('a versions document', () => {
  test.each([
    ['of another name', { name: 'acme.state.other' }],
    ['of another schema', { schema: 'greentic.versions/2' }],
    ['that lists one version twice', { versions: [entry('1.0.0'), entry('1.0.0')] }],
    ['with build metadata', { versions: [entry('1.0.0+1')] }],
    ['with a digest that is none', { versions: [{ ...entry('1.0.0'), digest: '../../etc' }] }],
    ['with fields nobody knows', { more: 1 }],
  ])('%s is refused with index/invalid', (_, changes) => {
    const document = { schema: 'greentic.versions/1', name: SAMPLE, versions: [], ...changes };
    expect(() => decodeVersions(Buffer.from(JSON.stringify(document)), SAMPLE)).toThrow(
      expect.objectContaining({ code: 'index/invalid' }),
    );
  });
});

function entry(version: string) {
  const digest = `sha256:${'0'.repeat(64)}`;
  return { version, digest, size: 1, group: digest, groupSize: 1, kind: 'state', contract: 1 };
}
