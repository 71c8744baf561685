import { digestOf } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { FakeRegistry } from '../testing/oci-fake.ts';
import { parseOciReference } from './reference.ts';
import { OciRepository } from './repository.ts';

const SHA512 = `sha512:${'0'.repeat(128)}`;
const BYTES = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest }));
const DIGEST = digestOf(BYTES);

/** A registry that gives what it has with a header of its own. */
async function open(header?: Record<string, string>, bytes = BYTES) {
  const registry = await FakeRegistry.open();
  registry.intercept = (_, response) => {
    response.writeHead(200, { 'content-type': MEDIA_TYPES.imageManifest, ...header }).end(bytes);
    return true;
  };
  const repository = new OciRepository(parseOciReference(registry.location()));
  return { registry, repository, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

describe('the digest that a registry gives', () => {
  test.each([DIGEST, SHA512, undefined])('may be %s', async (declared) => {
    await using stage = await open(declared === undefined ? {} : { 'docker-content-digest': declared });
    expect(await stage.repository.manifest(DIGEST, 1024)).toMatchObject({ digest: DIGEST });
    expect(await stage.repository.manifest('tag', 1024)).toMatchObject({ digest: DIGEST });
    expect(await stage.repository.blob(DIGEST, 1024)).toEqual(BYTES);
    expect(await stage.repository.hasBlob(DIGEST)).toBe(true);
  });

  test.each([
    digestOf('other'),
    DIGEST.toUpperCase(),
    DIGEST.slice('sha256:'.length),
    'md5:x',
    SHA512.slice(0, -1),
    '',
  ])('may not be %j', async (declared) => {
    await using stage = await open({ 'docker-content-digest': declared });
    const { repository } = stage;
    const mismatch = { code: 'blob/digest-mismatch' };
    await expect(repository.manifest(DIGEST, 1024)).rejects.toMatchObject(mismatch);
    await expect(repository.manifest('tag', 1024)).rejects.toMatchObject(mismatch);
    await expect(repository.blob(DIGEST, 1024)).rejects.toMatchObject(mismatch);
    await expect(repository.hasBlob(DIGEST)).rejects.toMatchObject(mismatch);
  });

  test('of a tag is believed when it is one', async () => {
    await using stage = await open({ 'docker-content-digest': DIGEST });
    expect(await stage.repository.digestOfTag('tag')).toBe(DIGEST);
    await using other = await open({ 'docker-content-digest': SHA512 });
    expect(await other.repository.digestOfTag('tag')).toBeUndefined();
  });
});

describe('a manifest', () => {
  test('may leave out its own type, and be sent with parameters after it', async () => {
    await using stage = await open(
      { 'content-type': `${MEDIA_TYPES.imageManifest}; charset=utf-8` },
      Buffer.from('{}'),
    );
    expect(await stage.repository.manifest('tag', 2)).toMatchObject({ mediaType: MEDIA_TYPES.imageManifest });
  });

  test('of exactly as many bytes as are allowed is taken; of one more, not', async () => {
    await using stage = await open();
    expect(await stage.repository.manifest('tag', BYTES.byteLength)).toMatchObject({ digest: DIGEST });
    await expect(stage.repository.manifest('tag', BYTES.byteLength - 1)).rejects.toMatchObject({
      code: 'registry/protocol',
    });
  });

  test('that is not there is none, and so is a blob', async () => {
    await using registry = await FakeRegistry.open();
    const repository = new OciRepository(parseOciReference(registry.location()));
    expect(await repository.manifest('tag', 1024)).toBeUndefined();
    expect(await repository.blob(DIGEST, 1024)).toBeUndefined();
    expect(await repository.hasBlob(DIGEST)).toBe(false);
    expect(await repository.digestOfTag('tag')).toBeUndefined();
  });
});
