import { canonicalize, decode, GreenticError, type Manifest, parseJson } from '@greentic/core';
import * as z from 'zod';
import { Descriptor, describeBytes } from './descriptor.ts';
import { MEDIA_TYPES } from './media-type.ts';

/** Largest bundled module, in bytes. */
export const MODULE_MAX_BYTES = 4 * 2 ** 20;

/** Largest README that travels with an artifact, in bytes. */
export const README_MAX_BYTES = 256 * 1024;

/** Largest list of packages that travels with an artifact, in bytes. */
export const SBOM_MAX_BYTES = 2 * 2 ** 20;

/** Largest image manifest, in bytes. */
export const IMAGE_MAX_BYTES = 64 * 1024;

/**
 * The OCI image manifest of a pack or bundle; the digest of its bytes is the artifact's identity. The config is the exact
 * `pack.json` or `bundle.json`, the first layer the bundled module.
 */
export const PackImage = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.imageManifest),
  artifactType: z.literal(MEDIA_TYPES.artifact),
  config: Descriptor.refine(
    ({ mediaType }) => mediaType === MEDIA_TYPES.packConfig || mediaType === MEDIA_TYPES.bundleConfig,
    'must be the description of a pack or bundle',
  ),
  layers: z
    .array(Descriptor)
    .min(1)
    .max(8)
    .refine(([first]) => first?.mediaType === MEDIA_TYPES.module, 'the first layer must be the module'),
});
export type PackImage = z.infer<typeof PackImage>;

/** The parts an image names. */
export interface ImageParts {
  readonly config: Uint8Array;
  readonly module: Uint8Array;
  readonly readme?: Uint8Array;
  readonly sbom?: Uint8Array;
}

/** Media type of an artifact's own description. */
export function configMediaType(manifest: Manifest): string {
  return manifest.schema === 'greentic.bundle/1' ? MEDIA_TYPES.bundleConfig : MEDIA_TYPES.packConfig;
}

/** The canonical bytes of the image manifest over these parts: equal parts give one identity. */
export function encodePackImage(manifest: Manifest, { config, module, readme, sbom }: ImageParts): Uint8Array {
  const image: PackImage = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.imageManifest,
    artifactType: MEDIA_TYPES.artifact,
    config: describeBytes(configMediaType(manifest), config),
    layers: [
      describeBytes(MEDIA_TYPES.module, module),
      ...(readme === undefined ? [] : [describeBytes(MEDIA_TYPES.readme, readme)]),
      ...(sbom === undefined ? [] : [describeBytes(MEDIA_TYPES.sbom, sbom)]),
    ],
  };
  return Buffer.from(canonicalize(image));
}

/** An image manifest, with the layer that is the module. */
export interface DecodedImage {
  readonly config: Descriptor;
  readonly module: Descriptor;
  /** All layers, the module's first. */
  readonly layers: readonly Descriptor[];
}

/** Decodes the bytes of an image manifest. Throws `artifact/invalid`. */
export function decodePackImage(bytes: Uint8Array): DecodedImage {
  const value = parseJson(bytes, { maxBytes: IMAGE_MAX_BYTES, code: 'artifact/invalid' });
  const { config, layers } = decode(PackImage, value, 'artifact/invalid', 'The image manifest');
  const [module] = layers;
  if (module === undefined || module.size > MODULE_MAX_BYTES) {
    throw new GreenticError('artifact/invalid', `The module is larger than ${MODULE_MAX_BYTES} bytes.`);
  }
  return { config, module, layers };
}
