import { canonicalize, type Digest, decode, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { Descriptor, describeBytes, withInline } from '../artifact/descriptor.ts';
import { EMPTY_CONFIG } from '../artifact/evidence-image.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import type { IndexFile } from '../publish/index-contents.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';

/** The tag that a registry's index goes by in a repository. */
export const INDEX_TAG = 'greentic-index';

/** Largest manifest of an index, in bytes. */
export const INDEX_MANIFEST_MAX_BYTES = 2 ** 20;

const INDEX_TYPE = 'application/vnd.greentic.index.v1';
const FILE_TYPE = 'application/vnd.greentic.index.file.v1+json';
const TITLE = 'org.opencontainers.image.title';
const MAX_FILES = 20_000;
const INLINE_BUDGET_BYTES = 512 * 1024;

const IndexManifest = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.imageManifest),
  artifactType: z.literal(INDEX_TYPE),
  config: Descriptor,
  layers: z.array(Descriptor).max(MAX_FILES),
});

/**
 * The canonical bytes of the manifest over files of an index: one layer for each, titled with its name. With `inline`, small
 * files travel inside, in the order given, as long as the manifest stays small.
 */
export function encodeIndexManifest(files: readonly IndexFile[], { inline }: { inline: boolean }): Uint8Array {
  let left = inline ? INLINE_BUDGET_BYTES : 0;
  const layers = files.map(({ name, bytes }) => {
    const bare: Descriptor = { ...describeBytes(FILE_TYPE, bytes), annotations: { [TITLE]: name } };
    const full = withInline(bare, bytes);
    if (full.data === undefined || full.data.length > left) return bare;
    left -= full.data.length;
    return full;
  });
  const manifest: z.infer<typeof IndexManifest> = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.imageManifest,
    artifactType: INDEX_TYPE,
    config: describeBytes(MEDIA_TYPES.empty, EMPTY_CONFIG),
    layers,
  };
  return Buffer.from(canonicalize(manifest));
}

/**
 * The files that a manifest names, by name and by digest. Nothing here is believed: the index is verified from its pinned root.
 * Throws `index/invalid`.
 */
export function decodeIndexManifest(bytes: Uint8Array): IndexLayers {
  const value = parseJson(bytes, { maxBytes: INDEX_MANIFEST_MAX_BYTES, code: 'index/invalid' });
  const { layers } = decode(IndexManifest, value, 'index/invalid', 'The manifest of the index');
  const byName = new Map<string, Descriptor>();
  const byDigest = new Map<Digest, Descriptor>();
  for (const layer of layers) {
    const name = layer.annotations?.[TITLE];
    if (name === undefined || byName.has(name))
      throw new GreenticError('index/invalid', 'The manifest of the index names a file twice, or not at all.');
    if (layer.size > METADATA_MAX_BYTES.targets)
      throw new GreenticError('index/invalid', `The manifest of the index names ${layer.size} bytes as one file.`);
    byName.set(name, layer);
    byDigest.set(layer.digest, layer);
  }
  return { byName, byDigest };
}

/** Descriptors of the files of an index. */
export interface IndexLayers {
  readonly byName: ReadonlyMap<string, Descriptor>;
  readonly byDigest: ReadonlyMap<Digest, Descriptor>;
}
