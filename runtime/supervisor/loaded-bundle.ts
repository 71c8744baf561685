import { type BundleManifest, decodeManifest, GreenticError } from '@greentic/core';
import { type BundleBytes, mismatchOf } from '../worker/bundle-bytes.ts';
import type { WorkerSpec } from './wanted-workers.ts';

/** A bundle in memory whose manifest may be believed. */
export interface LoadedBundle {
  readonly bytes: BundleBytes;
  readonly manifest: BundleManifest;
}

/**
 * Checks the bytes against the digest a worker was defined with: what the manifest asks for decides what the worker gets, so
 * it is checked here and not only where it runs. Throws `blob/digest-mismatch`, `pack/manifest-invalid` or `artifact/invalid`.
 */
export function checkBundle(bytes: BundleBytes, { bundle }: WorkerSpec): LoadedBundle {
  const mismatch = mismatchOf(bytes, bundle.digest);
  if (mismatch !== null) throw new GreenticError('blob/digest-mismatch', mismatch);
  const manifest = decodeManifest(bytes.config);
  if (manifest.schema !== 'greentic.bundle/1')
    throw new GreenticError('artifact/invalid', `${manifest.name} is no bundle.`);
  if (manifest.name !== bundle.name || manifest.version !== bundle.version) {
    const message = `The bundle is ${manifest.name}@${manifest.version}, not ${bundle.name}@${bundle.version}.`;
    throw new GreenticError('artifact/invalid', message);
  }
  return { bytes, manifest };
}
