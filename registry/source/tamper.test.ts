import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalize, type Digest } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { decodeEvidenceImage } from '../artifact/evidence-image.ts';
import { decodeGroup } from '../artifact/group.ts';
import { decodePackImage } from '../artifact/pack-image.ts';
import { blobPath } from '../layout/image-layout.ts';
import {
  KEYS,
  publishEvidence,
  SAMPLE,
  SampleRegistry,
  sampleEvidence,
  samplePack,
} from '../testing/sample-registry.ts';
import { flipByte } from '../testing/tamper.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';

interface Published {
  readonly registry: SampleRegistry;
  readonly pack: BuiltArtifact;
  readonly entry: VersionEntry;
}

const blob = ({ registry }: Published, digest: Digest) => blobPath(registry.folder, digest);
const metadata = ({ registry }: Published, file: string) => join(registry.folder, 'tuf', file);
const partsOf = ({ pack }: Published) => decodePackImage(pack.image);

async function evidenceImage(published: Published): Promise<Digest> {
  const [first] = decodeGroup(await readFile(blob(published, published.entry.group))).evidence;
  if (first === undefined) throw new Error('sample');
  return first.digest;
}

async function evidenceLayer(published: Published): Promise<Digest> {
  return decodeEvidenceImage(await readFile(blob(published, await evidenceImage(published)))).evidence.digest;
}

async function documentFile(published: Published): Promise<string> {
  const role = JSON.parse(await readFile(metadata(published, '1.acme.json'), 'utf8'));
  return metadata(published, `targets/acme/${role.signed.targets[`acme/${SAMPLE}.json`].hashes.sha256}.${SAMPLE}.json`);
}

type Place = (published: Published) => string | Promise<string>;

/** Every kind of file a registry holds that an install reads, and what a changed or missing one is refused with. */
const PLACES: [place: string, path: Place, flipped: string, missing: string][] = [
  ['the description', (p) => blob(p, partsOf(p).config.digest), 'blob/digest-mismatch', 'registry/incomplete'],
  ['the module', (p) => blob(p, partsOf(p).module.digest), 'blob/digest-mismatch', 'registry/incomplete'],
  ['the image manifest', (p) => blob(p, p.pack.digest), 'blob/digest-mismatch', 'registry/incomplete'],
  ['the group', (p) => blob(p, p.entry.group), 'blob/digest-mismatch', 'registry/incomplete'],
  ['an evidence manifest', async (p) => blob(p, await evidenceImage(p)), 'blob/digest-mismatch', 'registry/incomplete'],
  ['an evidence bundle', async (p) => blob(p, await evidenceLayer(p)), 'blob/digest-mismatch', 'registry/incomplete'],
  ['the versions document', documentFile, 'index/invalid', 'registry/incomplete'],
  ['the namespace role', (p) => metadata(p, '1.acme.json'), 'index/invalid', 'registry/incomplete'],
  ['the targets role', (p) => metadata(p, '2.targets.json'), 'index/invalid', 'registry/incomplete'],
  ['the snapshot role', (p) => metadata(p, '3.snapshot.json'), 'index/invalid', 'registry/incomplete'],
  ['the timestamp role', (p) => metadata(p, 'timestamp.json'), 'index/invalid', 'registry/unreachable'],
];

async function published(): Promise<Published> {
  const registry = await SampleRegistry.create();
  const pack = samplePack();
  const { entry } = await registry.publish(pack);
  return { registry, pack, entry };
}

describe('a registry somebody changed', () => {
  test.each(PLACES)('a flipped byte in %s is refused with its code', async (_, path, flipped) => {
    const facts = await published();
    await using registry = facts.registry;
    await flipByte(await path(facts));
    await expect(registry.install()).rejects.toMatchObject({ code: flipped });
  });

  test.each(PLACES)('a file cut short, %s, is refused', async (_, path) => {
    const facts = await published();
    await using registry = facts.registry;
    const file = await path(facts);
    await truncate(file, (await readFile(file)).byteLength - 1);
    await expect(registry.install()).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:blob\/size-mismatch|index\/invalid)$/),
    });
  });

  test.each(PLACES)('a file that grew, %s, is refused', async (_, path) => {
    const facts = await published();
    await using registry = facts.registry;
    const file = await path(facts);
    await writeFile(file, `${await readFile(file, 'utf8')}x`);
    await expect(registry.install()).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:blob\/size-mismatch|index\/invalid)$/),
    });
  });

  test.each(PLACES)('without %s the install fails with its code', async (_, path, __, missing) => {
    const facts = await published();
    await using registry = facts.registry;
    await rm(await path(facts));
    await expect(registry.install()).rejects.toMatchObject({ code: missing });
  });

  test('the catalogue for other OCI tools is never believed: without it the install is the same', async () => {
    const { registry } = await published();
    await using _registry = registry;
    await rm(join(registry.folder, 'index.json'));
    await rm(join(registry.folder, 'oci-layout'));
    await expect(registry.install()).resolves.toMatchObject({ decision: { verdict: 'admitted' } });
  });
});

describe('evidence somebody changed before it was published', () => {
  /** Evidence with one field of its envelope changed: the registry's digests are right, the signature is not. */
  function forged(
    pack: BuiltArtifact,
    change: (envelope: { payload: string; signatures: { sig: string }[] }) => void,
  ): string {
    const bundle = JSON.parse(publishEvidence(pack));
    change(bundle.dsseEnvelope);
    return canonicalize(bundle);
  }

  const flipLast = (base64: string) => {
    const bytes = Buffer.from(base64, 'base64');
    bytes[bytes.byteLength - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return bytes.toString('base64');
  };

  test('a changed signature is refused with trust/signature-invalid', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    const evidence = forged(pack, ({ signatures: [signature] }) =>
      Object.assign(signature ?? {}, { sig: flipLast(signature?.sig ?? '') }),
    );
    await registry.publish(pack, [...sampleEvidence(pack), evidence]);
    await expect(registry.install()).rejects.toMatchObject({ code: 'trust/signature-invalid' });
  });

  test('a changed payload is refused with trust/signature-invalid', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    const evidence = forged(pack, (envelope) => {
      const payload = Buffer.from(envelope.payload, 'base64').toString().replace('"contract":1', '"contract":2');
      envelope.payload = Buffer.from(payload).toString('base64');
    });
    await registry.publish(pack, [...sampleEvidence(pack), evidence]);
    await expect(registry.install()).rejects.toMatchObject({ code: 'trust/signature-invalid' });
  });

  test('a second signature in one envelope is not even published', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    const evidence = forged(pack, ({ signatures }) => signatures.push(...signatures));
    const publishing = registry.publish(pack, [...sampleEvidence(pack), evidence]);
    await expect(publishing).rejects.toMatchObject({ code: 'trust/envelope-invalid' });
  });

  test('a signature of a key unknown here counts for nothing and against nothing', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    await registry.publish(pack, [...sampleEvidence(pack), publishEvidence(pack, KEYS.stranger)]);
    const { decision } = await registry.install();
    expect(decision.rules.find(({ id }) => id === 'evidence/sound')?.looked).toContain('1 are of others');
  });
});

describe('an index signed by the right keys that says wrong things', () => {
  test('a digest that belongs to another version of the pack is not even published', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack('1.0.0');
    const other = samplePack('2.0.0');
    const publishing = registry.publish(
      { ...pack, ...{ config: other.config, module: other.module, image: other.image, digest: other.digest } },
      [publishEvidence(other, KEYS.acme, { version: '1.0.0' })],
    );
    await expect(publishing).rejects.toMatchObject({ code: 'artifact/invalid' });
  });

  test('an image manifest whose digest is not the artifact’s is refused before anything is written', async () => {
    await using registry = await SampleRegistry.create();
    const pack = samplePack();
    const wrong = { ...pack, image: Buffer.concat([pack.image, Buffer.from(' ')]) };
    await expect(registry.publish(wrong)).rejects.toMatchObject({ code: 'artifact/invalid' });
  });
});
