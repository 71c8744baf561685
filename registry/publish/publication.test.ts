import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactName, Version } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { EVIDENCE_TOTAL_MAX_BYTES } from '../artifact/evidence-image.ts';
import { decodeGroup } from '../artifact/group.ts';
import { blobPath } from '../layout/image-layout.ts';
import {
  KEYS,
  kitEvidence,
  publishEvidence,
  SAMPLE,
  SampleRegistry,
  sampleEvidence,
  samplePack,
  T0,
  trusted,
} from '../testing/sample-registry.ts';
import { delegateNamespace } from './namespace-delegation.ts';
import { attachEvidence } from './publication.ts';
import { initRegistry } from './registry.ts';
import { oneKey } from './registry-key.ts';

const registryKeys = oneKey(KEYS.registry.secretKey);

describe('publishing', () => {
  test('the same version twice is refused with pack/version-exists, also with the same bytes', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    await expect(registry.publish(samplePack())).rejects.toMatchObject({ code: 'pack/version-exists' });
    await expect(registry.publish(samplePack('1.0.0', { title: 'Other' }))).rejects.toMatchObject({
      code: 'pack/version-exists',
    });
    expect((await registry.install()).artifact.digest).toBe(samplePack().digest);
  });

  test.each([
    ['a key the namespace was not delegated to', [KEYS.stranger.secretKey]],
    ['the registry’s own key', [KEYS.registry.secretKey]],
    ['no key', []],
  ])('with %s is refused with registry/namespace-denied', async (_, namespaceKeys) => {
    await using registry = await SampleRegistry.create();
    await expect(registry.publish(samplePack(), undefined, { namespaceKeys })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
  });

  test('in a namespace delegated to nobody is refused with registry/namespace-denied', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack('1.0.0', { name: 'other.state.memory' });
    await expect(registry.publish(pack)).rejects.toMatchObject({ code: 'registry/namespace-denied' });
  });

  test('where two holders have to sign, one is refused, the same one twice is refused, both are enough', async () => {
    await using registry = await SampleRegistry.create();
    const keys = [trusted(KEYS.acme), trusted(KEYS.acmeSecond)];
    await delegateNamespace(registry.folder, { namespace: 'acme', keys, threshold: 2, registryKeys, now: T0 });
    const one = KEYS.acme.secretKey;
    const both = [one, KEYS.acmeSecond.secretKey];
    await expect(registry.publish(samplePack(), undefined, { namespaceKeys: [one] })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
    await expect(registry.publish(samplePack(), undefined, { namespaceKeys: [one, one] })).rejects.toMatchObject({
      code: 'registry/namespace-denied',
    });
    await registry.publish(samplePack(), undefined, { namespaceKeys: both });
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test('without the registry’s snapshot and timestamp keys is refused with trust/threshold, and changes nothing', async () => {
    await using registry = await SampleRegistry.create();
    const before = await readdir(join(registry.folder, 'tuf'));
    const stolen = oneKey(KEYS.stranger.secretKey);
    await expect(registry.publish(samplePack(), undefined, { registryKeys: stolen })).rejects.toMatchObject({
      code: 'trust/threshold',
    });
    expect(await readdir(join(registry.folder, 'tuf'))).toEqual(before);
  });

  test('evidence about other bytes is refused with trust/statement-mismatch', async () => {
    await using registry = await SampleRegistry.create();
    const evidence = [publishEvidence(samplePack('2.0.0'))];
    await expect(registry.publish(samplePack(), evidence)).rejects.toMatchObject({ code: 'trust/statement-mismatch' });
  });

  test.each(['', 'null', '{}', '{"dsseEnvelope":{"payload":"e30="}}'])(
    'malformed evidence, %j, is refused with trust/envelope-invalid',
    async (evidence) => {
      await using registry = await SampleRegistry.create();
      await expect(registry.publish(samplePack(), [evidence])).rejects.toMatchObject({
        code: 'trust/envelope-invalid',
      });
    },
  );

  test('into a folder without a registry is refused with registry/unreachable', async () => {
    await using registry = await SampleRegistry.create();
    const attempt = attachEvidence(join(registry.home, 'elsewhere'), {
      name: SAMPLE,
      version: '1.0.0' as Version,
      evidence: [],
      ...registry.keys,
    });
    await expect(attempt).rejects.toMatchObject({ code: 'registry/unreachable' });
  });

  test('the folder is an OCI image layout that other tools can read: a tag leads to the group', async () => {
    await using registry = await SampleRegistry.create();
    const { entry } = await registry.publish(samplePack());
    expect(JSON.parse(await readFile(join(registry.folder, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    const index = JSON.parse(await readFile(join(registry.folder, 'index.json'), 'utf8'));
    expect(index.manifests).toMatchObject([
      {
        digest: entry.group,
        size: entry.groupSize,
        annotations: { 'org.opencontainers.image.ref.name': `${SAMPLE}:1.0.0` },
      },
    ]);
    expect(decodeGroup(await readFile(blobPath(registry.folder, entry.group))).artifact.digest).toBe(entry.digest);
  });
});

describe('publishing at once', () => {
  test('six publications from one process all land', async () => {
    await using registry = await SampleRegistry.create();
    const versions = ['1.0.0', '1.0.1', '1.0.2', '1.0.3', '1.0.4', '1.0.5'];
    await Promise.all(versions.map((version) => registry.publish(samplePack(version))));
    for (const version of versions) expect((await registry.install({ range: version })).artifact.version).toBe(version);
  });

  test('publications from several processes all land', async () => {
    await using registry = await SampleRegistry.create();
    const versions = ['1.0.0', '1.1.0', '1.2.0'];
    const script = `
      import { publish } from ${JSON.stringify(new URL('./publication.ts', import.meta.url).href)};
      import { KEYS, samplePack, sampleEvidence, T0 } from ${JSON.stringify(new URL('../testing/sample-registry.ts', import.meta.url).href)};
      import { oneKey } from ${JSON.stringify(new URL('./registry-key.ts', import.meta.url).href)};
      const artifact = samplePack(process.argv[2]);
      await publish(process.argv[1], { artifact, evidence: sampleEvidence(artifact), now: T0,
        namespaceKeys: [KEYS.acme.secretKey], registryKeys: oneKey(KEYS.registry.secretKey) });`;
    const codes = await Promise.all(
      versions.map(async (version) => {
        const child = spawn(
          process.execPath,
          ['--conditions=source', '--input-type=module', '-e', script, registry.folder, version],
          {
            stdio: 'ignore',
          },
        );
        const [code] = await once(child, 'exit');
        return code;
      }),
    );
    expect(codes).toEqual([0, 0, 0]);
    for (const version of versions) expect((await registry.install({ range: version })).artifact.version).toBe(version);
  });
});

describe('evidence that comes later', () => {
  test('admits a version whose identity stays the same', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    const { entry } = await registry.publish(pack, [publishEvidence(pack)]);
    await expect(registry.install()).rejects.toMatchObject({ code: 'trust/conformance-missing' });

    const late = await attachEvidence(registry.folder, {
      name: pack.name,
      version: pack.version,
      evidence: [kitEvidence(pack)],
      ...registry.keys,
    });

    expect(late.entry.digest).toBe(entry.digest);
    expect(late.entry.group).not.toBe(entry.group);
    expect((await registry.install()).artifact.digest).toBe(pack.digest);
  });

  test('attached twice is there once', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    const { entry } = await registry.publish(pack);
    const request = { name: pack.name, version: pack.version, evidence: [kitEvidence(pack)], ...registry.keys };
    expect((await attachEvidence(registry.folder, request)).entry.group).toBe(entry.group);
  });

  test('is refused when readers would not take so much: the version stays as it is, and installs', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack);
    const attach = (evidence: string[]) =>
      attachEvidence(registry.folder, { name: pack.name, version: pack.version, evidence, ...registry.keys });
    const [first] = sampleEvidence(pack) as [string];
    const large = [1, 2, 3].map((n) => first + ' '.repeat(Math.ceil(EVIDENCE_TOTAL_MAX_BYTES / 3) + n));
    await expect(attach(large)).rejects.toMatchObject({ code: 'artifact/invalid' });
    const many = Array.from({ length: 65 }, (_, n) => first + ' '.repeat(n));
    await expect(attach(many)).rejects.toMatchObject({ code: 'input/too-large' });
    expect((await registry.install()).artifact.digest).toBe(pack.digest);
    const next = samplePack('1.1.0');
    const [second] = sampleEvidence(next) as [string];
    const heavy = [1, 2, 3].map((n) => second + ' '.repeat(Math.ceil(EVIDENCE_TOTAL_MAX_BYTES / 3) + n));
    await expect(registry.publish(next, heavy)).rejects.toMatchObject({ code: 'artifact/invalid' });
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test('about other bytes is refused with trust/statement-mismatch, to no version with pack/version-not-found', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack);
    const attach = (version: string, evidence: string[]) =>
      attachEvidence(registry.folder, { name: pack.name, version: version as Version, evidence, ...registry.keys });
    await expect(attach('1.0.0', [kitEvidence(samplePack('2.0.0'))])).rejects.toMatchObject({
      code: 'trust/statement-mismatch',
    });
    await expect(attach('2.0.0', [])).rejects.toMatchObject({ code: 'pack/version-not-found' });
  });
});

describe('a registry', () => {
  test('is not made where there is one: registry/exists', async () => {
    await using registry = await SampleRegistry.create();
    await expect(initRegistry(registry.folder, { keys: registryKeys, now: T0 })).rejects.toMatchObject({
      code: 'registry/exists',
    });
  });

  test('is not made with a threshold nobody can meet', async () => {
    await using registry = await SampleRegistry.create();
    for (const threshold of [0, 2, 1.5]) {
      const keys = {
        ...registryKeys,
        root: { secretKeys: [KEYS.registry.secretKey, KEYS.registry.secretKey], threshold },
      };
      await expect(initRegistry(join(registry.home, 'new'), { keys, now: T0 })).rejects.toMatchObject({
        code: 'input/invalid',
      });
    }
  });

  test.each(['root', 'targets', 'snapshot', 'timestamp', 'Acme', 'a/b', '../x', ''])(
    'delegates no namespace called %j',
    async (namespace) => {
      await using registry = await SampleRegistry.create();
      const request = { namespace, keys: [trusted(KEYS.acme)], threshold: 1, registryKeys, now: T0 };
      await expect(delegateNamespace(registry.folder, request)).rejects.toMatchObject({ code: 'input/invalid' });
    },
  );

  test('delegates nothing without the key of its targets role', async () => {
    await using registry = await SampleRegistry.create();
    const keys = { ...registryKeys, targets: { secretKeys: [KEYS.acme.secretKey], threshold: 1 } };
    const request = { namespace: 'other', keys: [trusted(KEYS.acme)], threshold: 1, registryKeys: keys, now: T0 };
    await expect(delegateNamespace(registry.folder, request)).rejects.toMatchObject({ code: 'trust/threshold' });
  });

  test('lets a namespace called like a property of every object publish', async () => {
    await using registry = await SampleRegistry.create();
    await delegateNamespace(registry.folder, {
      namespace: 'constructor',
      keys: [trusted(KEYS.acme)],
      threshold: 1,
      registryKeys,
      now: T0,
    });
    const pack = samplePack('1.0.0', { name: 'constructor.state.memory' });
    await registry.publish(pack);
    const publishers = [{ namespace: 'constructor', keys: [trusted(KEYS.acme)], threshold: 1 }];
    const trustRoot = { ...registry.trustRoot, publishers };
    expect(
      (await registry.install({ name: 'constructor.state.memory' as ArtifactName, trustRoot })).artifact.digest,
    ).toBe(pack.digest);
  });
});
