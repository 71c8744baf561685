import { canonicalize, type Digest, digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../artifact/descriptor.ts';
import { EVIDENCE_IMAGE_MAX_BYTES, INLINE_EVIDENCE_MAX_BYTES } from '../artifact/evidence-image.ts';
import { GROUP_MAX_BYTES } from '../artifact/group.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { SAMPLE, SampleRegistry, sampleEvidence, samplePack } from '../testing/sample-registry.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import { fetchArtifact } from './fetch.ts';
import type { BlobSource } from './source.ts';

/** What a registry holds, by digest, with some of it replaced; remembers what it was asked for. */
class MemorySource implements BlobSource {
  remote = true;
  readonly asked: string[] = [];
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #layout: ImageLayout;

  constructor(folder: string) {
    this.#layout = new ImageLayout(folder);
  }

  put(bytes: Uint8Array): { digest: Digest; size: number } {
    this.#blobs.set(digestOf(bytes), bytes);
    return { digest: digestOf(bytes), size: bytes.byteLength };
  }

  async blob(digest: Digest): Promise<Uint8Array> {
    this.asked.push(`blob ${digest}`);
    return this.#read(digest);
  }

  async manifest(digest: Digest): Promise<Uint8Array> {
    this.asked.push(`manifest ${digest}`);
    return this.#read(digest);
  }

  async #read(digest: Digest): Promise<Uint8Array> {
    const bytes = this.#blobs.get(digest) ?? (await this.#layout.read(digest, 2 ** 24));
    if (bytes === undefined) throw new Error(`no ${digest}`);
    return bytes;
  }

  async json(digest: Digest): Promise<{ manifests: Descriptor[]; layers: Descriptor[] }> {
    return JSON.parse(Buffer.from(await this.#read(digest)).toString());
  }
}

type Change = (descriptor: Descriptor) => Descriptor;

const flipped: Change = (descriptor) => {
  const bytes = Buffer.from(descriptor.data ?? '', 'base64');
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  return { ...descriptor, data: bytes.toString('base64') };
};
const longer: Change = ({ data = '', ...descriptor }) => ({
  ...descriptor,
  data: Buffer.concat([Buffer.from(data, 'base64'), Buffer.from(' ')]).toString('base64'),
});
const bare: Change = ({ data: _, ...descriptor }) => descriptor;

/** The entry of an index whose group carries other bytes inline than the ones it names. */
async function forge(source: MemorySource, entry: VersionEntry, place: Place, change: Change): Promise<VersionEntry> {
  const group = await source.json(entry.group);
  const [artifact, evidence, ...others] = group.manifests as [Descriptor, Descriptor, ...Descriptor[]];
  const changed = {
    'the image manifest': async () => [change(artifact), evidence],
    'an evidence manifest': async () => [artifact, change(evidence)],
    'the evidence in its manifest': async () => {
      const image = await source.json(evidence.digest);
      const bytes = Buffer.from(canonicalize({ ...image, layers: image.layers.map(change) }));
      return [artifact, { ...evidence, ...source.put(bytes), data: bytes.toString('base64') }];
    },
  }[place];
  const pin = source.put(Buffer.from(canonicalize({ ...group, manifests: [...(await changed()), ...others] })));
  return { ...entry, group: pin.digest, groupSize: pin.size };
}

type Place = 'the image manifest' | 'an evidence manifest' | 'the evidence in its manifest';
const PLACES: Place[] = ['the image manifest', 'an evidence manifest', 'the evidence in its manifest'];

async function published(evidence?: readonly string[]) {
  const registry = await SampleRegistry.create();
  const { entry } = await registry.publish(samplePack(), evidence && [...evidence]);
  return { registry, entry, source: new MemorySource(registry.folder) };
}

describe('fetching an artifact', () => {
  test('asks for the group, the description and the module: the rest travels inside', async () => {
    const { registry, entry, source } = await published();
    await using _registry = registry;
    const { evidence } = await fetchArtifact(source, SAMPLE, entry);
    expect(evidence.map((bytes) => Buffer.from(bytes).toString()).toSorted()).toEqual(
      sampleEvidence(samplePack()).toSorted(),
    );
    expect(source.asked.map((asked) => asked.split(' ')[0])).toEqual(['manifest', 'blob', 'blob']);
  });

  test('from where questions cost nothing, asks for everything: a damaged copy is noticed', async () => {
    const { registry, entry, source } = await published();
    await using _registry = registry;
    source.remote = false;
    await fetchArtifact(source, SAMPLE, entry);
    expect(source.asked).toHaveLength(8);
  });

  test.each(PLACES)('gives the same when %s does not travel inside, with one question more', async (place) => {
    const { registry, entry, source } = await published();
    await using _registry = registry;
    const inside = await fetchArtifact(source, SAMPLE, entry);
    source.asked.length = 0;
    const apart = await fetchArtifact(source, SAMPLE, await forge(source, entry, place, bare));
    expect(apart.artifact).toEqual(inside.artifact);
    expect(apart.evidence.toSorted(Buffer.compare)).toEqual(inside.evidence.toSorted(Buffer.compare));
    expect(source.asked).toHaveLength(4);
  });

  test.each(PLACES)('%s that travels inside is checked as a download is', async (place) => {
    const { registry, entry, source } = await published();
    await using _registry = registry;
    await expect(fetchArtifact(source, SAMPLE, await forge(source, entry, place, flipped))).rejects.toMatchObject({
      code: 'blob/digest-mismatch',
    });
    await expect(fetchArtifact(source, SAMPLE, await forge(source, entry, place, longer))).rejects.toMatchObject({
      code: 'blob/size-mismatch',
    });
  });
});

describe('what travels inside a group', () => {
  test('is bounded: much evidence, and large evidence, is left outside and fetched all the same', async () => {
    const padding = (length: number) => ' '.repeat(length);
    const small = sampleEvidence(samplePack());
    const [first] = small as [string, string];
    const many = Array.from({ length: 16 }, (_, i) => first + padding(12_000 + i));
    const large = first + padding(INLINE_EVIDENCE_MAX_BYTES);
    const { registry, entry, source } = await published([...small, ...many, large]);
    await using _registry = registry;
    expect(entry.groupSize).toBeLessThan(GROUP_MAX_BYTES);
    const { evidence } = await fetchArtifact(source, SAMPLE, entry);
    expect(evidence).toHaveLength(19);
    const asked = source.asked.filter((one) => one.startsWith('manifest'));
    expect(asked.length).toBeGreaterThan(1);
    expect(asked.length).toBeLessThan(17);
  });

  test('evidence of the largest size that travels inside fits its manifest', async () => {
    const [first, second] = sampleEvidence(samplePack()) as [string, string];
    const largest = first + ' '.repeat(INLINE_EVIDENCE_MAX_BYTES - first.length);
    const { registry, entry, source } = await published([largest, second]);
    await using _registry = registry;
    expect((await fetchArtifact(source, SAMPLE, entry)).evidence).toHaveLength(2);
    const [, ...manifests] = (await source.json(entry.group)).manifests;
    expect(Math.max(...manifests.map(({ size }) => size))).toBeLessThan(EVIDENCE_IMAGE_MAX_BYTES);
    expect(source.asked).toHaveLength(3);
  });
});
