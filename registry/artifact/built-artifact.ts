import {
  type ArtifactName,
  type Digest,
  decodeManifest,
  digestOf,
  GreenticError,
  type Manifest,
  type Version,
} from '@greentic/core';
import { encodePackImage, type ImageParts, MODULE_MAX_BYTES, README_MAX_BYTES, SBOM_MAX_BYTES } from './pack-image.ts';

/** A pack or bundle, built and ready to be signed and published. */
export interface BuiltArtifact {
  readonly name: ArtifactName;
  readonly version: Version;
  readonly manifest: Manifest;
  /** Identity: the digest of `image`. */
  readonly digest: Digest;
  /** OCI image manifest. */
  readonly image: Uint8Array;
  /** The exact bytes of `pack.json` or `bundle.json`. */
  readonly config: Uint8Array;
  /** The bundled module, UTF-8. */
  readonly module: Uint8Array;
  readonly readme?: Uint8Array;
  /** CycloneDX list of what the module is made of, as JSON. */
  readonly sbom?: Uint8Array;
}

/** Puts the parts of an artifact together. Throws `pack/manifest-invalid`, and `pack/build-failed` for parts that are too large. */
export function assembleArtifact(parts: ImageParts): BuiltArtifact {
  const manifest = decodeManifest(parts.config);
  assertSize(parts.module, MODULE_MAX_BYTES, 'The bundled module');
  if (parts.readme !== undefined) assertSize(parts.readme, README_MAX_BYTES, 'The README');
  if (parts.sbom !== undefined) assertSize(parts.sbom, SBOM_MAX_BYTES, 'The list of packages');
  const image = encodePackImage(manifest, parts);
  return { name: manifest.name, version: manifest.version, manifest, digest: digestOf(image), image, ...parts };
}

function assertSize(bytes: Uint8Array, max: number, what: string): void {
  if (bytes.byteLength <= max) return;
  throw new GreenticError('pack/build-failed', `${what} has ${bytes.byteLength} bytes; ${max} are allowed.`);
}
