import { canonicalize, type Digest, digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { type FakeOptions, FakeRegistry } from '../testing/oci-fake.ts';
import { parseOciReference } from './reference.ts';
import { type Referrer, Referrers, referrersTag } from './referrers.ts';
import { OciRepository } from './repository.ts';
import { pushManifest } from './upload.ts';

const SUBJECT = digestOf('subject');
const OTHER = digestOf('other subject');

interface Stage extends AsyncDisposable {
  readonly registry: FakeRegistry;
  readonly referrers: Referrers;
  /** Pushes a manifest about a subject, and records it as the push does. */
  about(note: string, subject?: Digest): Promise<Referrer>;
  /** What the tag in place of the API lists. */
  tagged(): string[];
}

async function open(options: FakeOptions): Promise<Stage> {
  const registry = await FakeRegistry.open(options);
  const repository = new OciRepository(parseOciReference(registry.location()));
  const referrers = new Referrers(repository);
  const about = async (note: string, subject = SUBJECT) => {
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.imageManifest,
      artifactType: `application/${note}`,
      subject: { mediaType: MEDIA_TYPES.imageManifest, digest: subject, size: 7 },
    };
    const bytes = Buffer.from(canonicalize(manifest));
    const claimed = await pushManifest(repository, { bytes, mediaType: MEDIA_TYPES.imageManifest });
    const { mediaType, artifactType } = manifest;
    const referrer = { mediaType, artifactType, digest: digestOf(bytes), size: bytes.byteLength };
    await referrers.record(subject, [referrer], claimed);
    return referrer;
  };
  const tagged = () => {
    const stored = registry.manifests.get(registry.tags.get(referrersTag(SUBJECT)) ?? '');
    const manifests: Referrer[] = stored === undefined ? [] : JSON.parse(stored.bytes.toString()).manifests;
    return manifests.map(({ artifactType }) => artifactType ?? '');
  };
  return { registry, referrers, about, tagged, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

describe('referrers', () => {
  test('of a registry with the API are listed by it, and no tag is written', async () => {
    await using stage = await open({ referrers: true });
    const [first, second] = [await stage.about('a'), await stage.about('b')];
    await stage.about('c', OTHER);
    expect(await stage.referrers.list(SUBJECT)).toEqual([first, second]);
    expect(stage.registry.tags.size).toBe(0);
  });

  test('are asked for once, when a registry first claims that it took note', async () => {
    await using stage = await open({ referrers: true });
    for (const note of ['a', 'b', 'c']) await stage.about(note);
    expect(stage.registry.asked.filter(({ path }) => path.includes('/referrers/'))).toHaveLength(1);
  });

  test.each([400, 404, 405, 501])(
    'of a registry that answers %i are under a tag, each of them once',
    async (status) => {
      await using stage = await open({ referrersStatus: status });
      const [first, second] = [await stage.about('a'), await stage.about('b')];
      await stage.about('a');
      expect(stage.tagged()).toEqual(['application/a', 'application/b']);
      expect(await stage.referrers.list(SUBJECT)).toEqual([first, second]);
    },
  );

  test('of a registry that claims what it does not have are under a tag all the same', async () => {
    await using stage = await open({ claimsSubject: true });
    await stage.about('a');
    await stage.about('b');
    expect(stage.tagged()).toEqual(['application/a', 'application/b']);
  });

  test('of a registry that lists others in their place are under a tag', async () => {
    await using stage = await open({ claimsSubject: true });
    const foreign = { mediaType: MEDIA_TYPES.imageManifest, digest: OTHER, size: 7 };
    stage.registry.intercept = ({ path }, response) => {
      if (!path.includes('/referrers/')) return false;
      response.end(JSON.stringify({ schemaVersion: 2, manifests: [foreign] }));
      return true;
    };
    await stage.about('a');
    expect(stage.tagged()).toEqual(['application/a']);
  });

  test('under a tag stay when the registry gets an API that knows nothing of them', async () => {
    await using stage = await open({ referrers: true, claimsSubject: false });
    const first = await stage.about('a');
    stage.registry.manifests.delete(first.digest);
    expect(await stage.referrers.list(SUBJECT)).toEqual([first]);
  });

  test('that other tools wrote stay as they are', async () => {
    await using stage = await open({});
    const other = { mediaType: 'application/x', digest: OTHER, size: 1, annotations: { by: 'others' } };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [other], note: 'theirs' }));
    stage.registry.manifests.set('any', { bytes, type: MEDIA_TYPES.imageIndex });
    stage.registry.manifests.set(OTHER, { bytes, type: MEDIA_TYPES.imageIndex });
    stage.registry.tags.set(referrersTag(SUBJECT), digestOf(bytes));
    stage.registry.manifests.set(digestOf(bytes), { bytes, type: MEDIA_TYPES.imageIndex });
    const first = await stage.about('a');
    expect(await stage.referrers.list(SUBJECT)).toEqual([other, first]);
  });

  test('that are none are not recorded', async () => {
    await using stage = await open({});
    await stage.referrers.record(SUBJECT, [], true);
    expect(stage.registry.asked).toEqual([]);
  });
});
