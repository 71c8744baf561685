import { Digest, decode, digestOf, type GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { Refusal } from './refusal.ts';
import type { ManifestRecord } from './repositories.ts';

/** Largest manifest, in bytes: what the specification asks a registry to take. */
export const MANIFEST_MAX_BYTES = 4 * 2 ** 20;

const MAX_REFERENCES = 10_000;
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
const IMAGE_TYPES = [MEDIA_TYPES.imageManifest, DOCKER_MANIFEST];
const INDEX_TYPES = [MEDIA_TYPES.imageIndex, DOCKER_LIST];

// Strangers' manifests: fields of later versions are theirs, and are kept because the bytes are.
const ForeignDescriptor = z.looseObject({
  mediaType: z.string().min(1).max(255),
  digest: Digest,
  size: z.int().min(0),
});
const head = {
  schemaVersion: z.literal(2),
  mediaType: z.string().max(255).exactOptional(),
  artifactType: z.string().max(255).exactOptional(),
  subject: ForeignDescriptor.exactOptional(),
  annotations: z.record(z.string().max(1024), z.string().max(65_536)).exactOptional(),
};
const ForeignImage = z.looseObject({
  ...head,
  config: ForeignDescriptor,
  layers: z.array(ForeignDescriptor).max(MAX_REFERENCES),
});
const ForeignIndex = z.looseObject({ ...head, manifests: z.array(ForeignDescriptor).max(MAX_REFERENCES) });

/** A manifest that somebody pushes: what to remember of it, and what has to be there first. */
export interface PushedManifest {
  readonly record: ManifestRecord;
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
}

/** Reads a manifest of a media type. Throws the refusal `MANIFEST_INVALID`. */
export function readManifest(bytes: Uint8Array, contentType: string | undefined): PushedManifest {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim() ?? '';
  const isIndex = INDEX_TYPES.includes(mediaType as (typeof INDEX_TYPES)[number]);
  if (!isIndex && !IMAGE_TYPES.includes(mediaType as (typeof IMAGE_TYPES)[number]))
    throw invalid(`This registry takes manifests of ${[...IMAGE_TYPES, ...INDEX_TYPES].join(', ')}.`, 415);
  const { manifest, references, artifactType } = isIndex ? readIndex(bytes) : readImage(bytes);
  if (manifest.mediaType !== undefined && manifest.mediaType !== mediaType)
    throw invalid('The manifest says another media type than its Content-Type.');
  const { subject, annotations } = manifest;
  const record = {
    digest: digestOf(bytes),
    mediaType,
    size: bytes.byteLength,
    subject: subject?.digest,
    artifactType: manifest.artifactType ?? artifactType,
    annotations,
  };
  return { record, blobs: [], manifests: [], ...references };
}

function readIndex(bytes: Uint8Array) {
  const manifest = decodeForeign(ForeignIndex, bytes);
  return {
    manifest,
    references: { manifests: manifest.manifests.map(({ digest }) => digest) },
    artifactType: undefined,
  };
}

function readImage(bytes: Uint8Array) {
  const manifest = decodeForeign(ForeignImage, bytes);
  const { config, layers } = manifest;
  // A layer with other URLs need not be here: the image specification calls it non-distributable.
  const needed = [config, ...layers.filter((layer) => !('urls' in layer))];
  return { manifest, references: { blobs: needed.map(({ digest }) => digest) }, artifactType: config.mediaType };
}

function decodeForeign<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  const code = 'artifact/invalid';
  try {
    return decode(schema, parseJson(bytes, { maxBytes: MANIFEST_MAX_BYTES, code }), code, 'The manifest');
  } catch (error) {
    throw invalid((error as GreenticError).message);
  }
}

function invalid(message: string, status = 400): Refusal {
  return new Refusal(status, 'MANIFEST_INVALID', message);
}
