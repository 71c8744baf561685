import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeBytes } from '../artifact/descriptor.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { PackCache } from '../install/pack-cache.ts';
import { blobPath, ImageLayout } from './image-layout.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-'));
});
afterEach(() => rm(folder, { recursive: true }));

const hello = Buffer.from('hello');
const catalog = async () => JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
const code = (value: string) => expect.objectContaining({ code: value });
const described = (text: string) => describeBytes(MEDIA_TYPES.imageIndex, Buffer.from(text));
const REF_NAME = 'org.opencontainers.image.ref.name';

describe('an image layout', () => {
  test('that is empty is one for any OCI tool', async () => {
    await new ImageLayout(folder).create();
    expect(await readFile(join(folder, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
    expect(await catalog()).toEqual({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [] });
  });

  test('holds a blob under its digest, once, and lets nobody read more than asked for', async () => {
    const layout = new ImageLayout(folder);
    await Promise.all([layout.write(hello), layout.write(hello)]);
    expect(await readFile(join(folder, 'blobs', 'sha256', digestOf(hello).slice('sha256:'.length)))).toEqual(hello);
    expect(await layout.read(digestOf(hello), 5)).toEqual(hello);
    await expect(layout.read(digestOf(hello), 4)).rejects.toThrow(code('blob/size-mismatch'));
    expect(await layout.read(digestOf('other'), 5)).toBeUndefined();
  });

  test('moves a reference rather than having it twice, and leaves the others where they were', async () => {
    const layout = new ImageLayout(folder);
    await layout.create();
    await layout.tag('a:1', described('one'));
    await layout.tag('b:1', described('two'));
    await layout.tag('a:1', described('three'));
    const { manifests } = await catalog();
    expect(manifests.map((each: { digest: string }) => each.digest)).toEqual(
      ['two', 'three'].map((text) => digestOf(text)),
    );
    expect(manifests.map((each: { annotations: object }) => each.annotations)).toEqual([
      { [REF_NAME]: 'b:1' },
      { [REF_NAME]: 'a:1' },
    ]);
  });

  test('keeps what other tools named there without a reference', async () => {
    const layout = new ImageLayout(folder);
    const others = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [described('theirs')] };
    await writeFile(join(folder, 'index.json'), JSON.stringify(others));
    await layout.tag('a:1', described('ours'));
    expect((await catalog()).manifests).toHaveLength(2);
  });

  test.each([
    ['no JSON', '{'],
    ['of another version', '{"schemaVersion":1,"manifests":[]}'],
    [
      'with a digest that is none',
      `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.imageIndex}","manifests":[{"digest":"x"}]}`,
    ],
  ])('whose index.json is %s takes no reference: artifact/invalid, and the file stays as it was', async (_, text) => {
    await writeFile(join(folder, 'index.json'), text);
    await expect(new ImageLayout(folder).tag('a:1', described('ours'))).rejects.toThrow(code('artifact/invalid'));
    expect(await readFile(join(folder, 'index.json'), 'utf8')).toBe(text);
  });
});

describe('a cache', () => {
  test('believes no copy: changed bytes are refused, and putting them anew heals it', async () => {
    const cache = new PackCache(folder);
    const digest = await cache.put(hello);
    await writeFile(blobPath(folder, digest), 'hullo');
    await expect(cache.get(digest, 5)).rejects.toThrow(code('blob/digest-mismatch'));
    expect(await cache.put(hello)).toBe(digest);
    expect(await cache.get(digest, 5)).toEqual(hello);
  });

  test('names the copy that is wrong, so that somebody can take it away', async () => {
    const cache = new PackCache(folder);
    await writeFile(blobPath(folder, await cache.put(hello)), '');
    await expect(cache.get(digestOf(hello), 5)).rejects.toThrow(blobPath(folder, digestOf(hello)));
  });
});
