import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** The bytes of a bundle as they lie in a registry: image manifest, `bundle.json`, module. */
export interface BundleBytes {
  readonly image: Uint8Array;
  readonly config: Uint8Array;
  readonly module: Uint8Array;
}

const MODULE_MEDIA_TYPE = 'application/vnd.greentic.module.v1+javascript';

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * What does not match when the bytes are held against the digest, from the image manifest down to the module; null when all
 * of it does. Supervisor and worker process both ask: the one before it trusts the manifest, the other before it runs the module.
 */
export function mismatchOf({ image, config, module }: BundleBytes, bundleDigest: string): string | null {
  const actual = digestOf(image);
  if (actual !== bundleDigest) return `The image manifest has digest ${actual}, not ${bundleDigest}.`;
  const named = namedDigests(image);
  if (named === null) return 'The image manifest does not name a config and a module.';
  if (digestOf(config) !== named.config) return 'The config is not the one the image manifest names.';
  if (digestOf(module) !== named.module) return 'The module is not the one the image manifest names.';
  return null;
}

interface ImageManifest {
  readonly config?: { readonly digest?: unknown };
  readonly layers?: readonly { readonly digest?: unknown; readonly mediaType?: unknown }[];
}

function namedDigests(image: Uint8Array): { config: string; module: string } | null {
  try {
    const { config, layers } = JSON.parse(Buffer.from(image).toString()) as ImageManifest;
    const module = layers?.[0];
    if (typeof config?.digest !== 'string' || typeof module?.digest !== 'string') return null;
    return module.mediaType === MODULE_MEDIA_TYPE ? { config: config.digest, module: module.digest } : null;
  } catch {
    return null;
  }
}
