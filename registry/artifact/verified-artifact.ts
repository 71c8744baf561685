import {
  type ArtifactName,
  assertDigest,
  type Digest,
  decodeManifest,
  GreenticError,
  kindOf,
  MANIFEST_MAX_BYTES,
  type Manifest,
  type VerifiedArtifact as OpenableArtifact,
  type Slot,
  type Version,
} from '@greentic/core';
import { assertPinned } from './descriptor.ts';
import { configMediaType, decodePackImage } from './pack-image.ts';

/** What an index or a lock says an artifact is. */
export interface ArtifactClaim {
  readonly name: ArtifactName;
  readonly version: Version;
  readonly digest: Digest;
  readonly kind: Slot | 'bundle';
  /** Version of the slot contract; a bundle has none. */
  readonly contract?: number | undefined;
}

/** The bytes an artifact consists of. */
export interface ArtifactBytes {
  /** The OCI image manifest; its digest is the identity. */
  readonly image: Uint8Array;
  /** The exact `pack.json` or `bundle.json`. */
  readonly config: Uint8Array;
  /** The bundled module. */
  readonly module: Uint8Array;
}

/** What the host opens, with the bytes it was read from. None is read again: these bytes run. */
export interface VerifiedArtifact extends OpenableArtifact {
  readonly bytes: ArtifactBytes;
}

/**
 * Checks an artifact's bytes against what is claimed of them, from the identity down, and gives the artifact. Throws
 * `blob/digest-mismatch`, `blob/size-mismatch`, `artifact/invalid` or `pack/manifest-invalid`.
 */
export function verifyArtifact(claim: ArtifactClaim, bytes: ArtifactBytes): VerifiedArtifact {
  const { name, version, digest } = claim;
  assertDigest(bytes.image, digest, `The image manifest of ${name}@${version}`);
  const image = decodePackImage(bytes.image);
  assertPinned(bytes.config, image.config, `The description of ${name}@${version}`);
  assertPinned(bytes.module, image.module, `The module of ${name}@${version}`);
  if (bytes.config.byteLength > MANIFEST_MAX_BYTES)
    throw new GreenticError('artifact/invalid', 'The description is too large.');
  const manifest = decodeManifest(bytes.config);
  if (image.config.mediaType !== configMediaType(manifest)) {
    throw new GreenticError(
      'artifact/invalid',
      `${name}@${version} describes itself as something else than its media type says.`,
    );
  }
  assertClaimed(manifest, claim);
  return { name, version, digest, manifest, module: textOf(bytes.module), bytes };
}

function assertClaimed(manifest: Manifest, claim: ArtifactClaim): void {
  const contract = manifest.schema === 'greentic.pack/1' ? manifest.contract : undefined;
  const own = { name: manifest.name, version: manifest.version, kind: kindOf(manifest.name), contract };
  for (const field of ['name', 'version', 'kind', 'contract'] as const) {
    if (own[field] === claim[field]) continue;
    throw new GreenticError(
      'artifact/invalid',
      `The artifact says its ${field} is ${own[field]}, the index says ${claim[field]}.`,
      {
        details: { field, artifact: own[field], index: claim[field] },
      },
    );
  }
}

function textOf(module: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(module);
  } catch (error) {
    throw new GreenticError('artifact/invalid', 'The module is not UTF-8.', { cause: error });
  }
}
