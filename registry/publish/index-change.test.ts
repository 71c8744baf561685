import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Version } from '@greentic/core';
import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { daysLater, KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { tufKeyId } from '../tuf/metadata.ts';
import { decodeVersions, encodeVersions, type VersionEntry } from '../tuf/versions-document.ts';
import { IndexChange } from './index-change.ts';
import { refreshIndex } from './registry.ts';
import { signersAmong } from './registry-key.ts';

const { digest, image } = samplePack();
const FACTS = { digest, size: image.byteLength, group: digest, groupSize: 1, kind: 'state', contract: 1 } as const;

describe('a publication that died before its timestamp was written', () => {
  /** Everything of version 1.1.0 is written, but the timestamp is still the one before. */
  async function halfPublished(): Promise<SampleRegistry> {
    const registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'));
    const timestamp = join(registry.folder, 'tuf', 'timestamp.json');
    const before = await readFile(timestamp);
    await registry.publish(samplePack('1.1.0'));
    await writeFile(timestamp, before);
    return registry;
  }

  test('changes nothing for readers', async () => {
    await using registry = await halfPublished();
    expect((await registry.install()).artifact.version).toBe('1.0.0');
  });

  test('does not stand in the way of the same publication, or of another', async () => {
    await using registry = await halfPublished();
    await registry.publish(samplePack('2.0.0'));
    await registry.publish(samplePack('1.1.0'));
    expect((await registry.install({ range: '^1.0.0' })).artifact.version).toBe('1.1.0');
    expect((await registry.install()).artifact.version).toBe('2.0.0');
  });
});

describe('readers while somebody publishes', () => {
  test('see an index that verifies, at every moment, and never an older one than before', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack('1.0.0'));
    let done = false;
    const publishing = (async () => {
      for (let minor = 1; minor <= 6; minor++) await registry.publish(samplePack(`1.${minor}.0`));
    })().finally(() => {
      done = true;
    });
    const seen: string[] = [];
    while (!done) seen.push((await registry.install()).artifact.version);
    await publishing;
    seen.push((await registry.install()).artifact.version);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe('1.6.0');
    expect(seen).toEqual(seen.toSorted(semver.compare));
  });
});

describe('a change of the index', () => {
  test('that is not sealed cannot be written', async () => {
    await using registry = await SampleRegistry.create();
    const change = await IndexChange.open(registry.folder, { now: T0 });
    change.putTargets(change.targets, [KEYS.registry.secretKey]);
    await expect(change.commit()).rejects.toMatchObject({ code: 'internal/unforeseen' });
  });

  test('that a reader would refuse is refused before anything is written', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const now = daysLater(400);
    const before = await readFile(join(registry.folder, 'tuf', 'timestamp.json'));
    await expect(refreshIndex(registry.folder, { secretKeys: [KEYS.registry.secretKey], now })).rejects.toMatchObject({
      code: 'index/expired',
    });
    expect(await readFile(join(registry.folder, 'tuf', 'timestamp.json'))).toEqual(before);
  });

  test('makes each role it touches one version newer, and no other', async () => {
    await using registry = await SampleRegistry.create();
    const first = await registry.publish(samplePack('1.0.0'));
    const second = await registry.publish(samplePack('1.1.0'));
    expect(second.index).toEqual({ timestamp: first.index.timestamp + 1, snapshot: first.index.snapshot + 1 });
    const { lockEntry } = await registry.install();
    expect(lockEntry.index).toMatchObject({ targets: 2, role: { version: 2 }, root: 1 });
  });

  test('in a folder whose index has lost a file is refused with registry/incomplete', async () => {
    await using registry = await SampleRegistry.create();
    await writeFile(
      join(registry.folder, 'tuf', 'timestamp.json'),
      JSON.stringify({ signed: timestampOf(9), signatures: [] }),
    );
    await expect(registry.publish(samplePack())).rejects.toMatchObject({ code: 'registry/incomplete' });
  });

  function timestampOf(version: number) {
    const hashes = { sha256: '0'.repeat(64) };
    const meta = { 'snapshot.json': { version, length: 1, hashes } };
    return { _type: 'timestamp', spec_version: '1.0.31', version, expires: '2031-06-01T00:00:00Z', meta };
  }
});

describe('signers', () => {
  test('are the keys a role lists, each once, whatever else is offered', () => {
    const { acme, acmeSecond, stranger } = KEYS;
    const listed = [tufKeyId(acme.secretKey), tufKeyId(acmeSecond.secretKey)];
    expect(signersAmong(listed, [acme.secretKey, stranger.secretKey, acme.secretKey])).toEqual([acme.secretKey]);
    expect(signersAmong(listed, [stranger.secretKey])).toEqual([]);
    expect(signersAmong(listed, [acmeSecond.secretKey, acme.secretKey])).toEqual([
      acme.secretKey,
      acmeSecond.secretKey,
    ]);
  });
});

describe('a versions document', () => {
  const version = fc
    .tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.constantFrom('', '-rc.1'))
    .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
  const entry = (text: string): VersionEntry => ({ ...FACTS, version: Version.parse(text) });

  test('comes back from its bytes in order of precedence, and has one form', () => {
    fc.assert(
      fc.property(fc.uniqueArray(version, { maxLength: 30 }), (versions) => {
        const document = { schema: 'greentic.versions/1' as const, name: SAMPLE, versions: versions.map(entry) };
        const bytes = encodeVersions(document);
        const decoded = decodeVersions(bytes, SAMPLE);
        expect(decoded.versions.map((one) => one.version)).toEqual(versions.toSorted(semver.compare));
        expect(encodeVersions({ ...document, versions: document.versions.toReversed() })).toEqual(bytes);
      }),
    );
  });
});
