import { basename, join, resolve } from 'node:path';
import { decodeManifest, GreenticError, MANIFEST_MAX_BYTES, type Manifest } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { assembleArtifact, type BuiltArtifact } from './built-artifact.ts';
import type { Material } from './material.ts';
import { bundleModule } from './module-bundle.ts';
import { README_MAX_BYTES } from './pack-image.ts';
import { encodeSbom } from './sbom.ts';

const ENTRY = 'index.ts';
const DESCRIPTIONS = { 'pack.json': 'greentic.pack/1', 'bundle.json': 'greentic.bundle/1' } as const satisfies Record<
  string,
  Manifest['schema']
>;

/** What was built of a folder, and what went into it: enough to say where an artifact comes from. */
export interface Build extends BuiltArtifact {
  /** Name of the folder, without the way to it. */
  readonly source: string;
  readonly materials: readonly Material[];
  readonly sbom: Uint8Array;
}

/**
 * Builds the pack or bundle in a folder: `pack.json` or `bundle.json`, the entry `index.ts` with all it imports as one ES
 * module, a list of the packages in it, and `README.md` when there is one. The same sources give the same digest, wherever the folder lies. Throws
 * `pack/manifest-invalid`, and `pack/build-failed` with file and line for code that cannot be bundled, that imports what no
 * sandbox has (`node:*`), or that would import or require at run time.
 */
export async function buildArtifact(folder: string): Promise<Build> {
  const root = resolve(folder);
  const config = await readDescription(root);
  const readme = await readBounded(join(root, 'README.md'), README_MAX_BYTES, 'pack/build-failed');
  const { module, materials } = await bundleModule(root, ENTRY);
  const sbom = await encodeSbom(decodeManifest(config), module, materials);
  const artifact = assembleArtifact({ config, module, sbom, ...(readme === undefined ? {} : { readme }) });
  return { ...artifact, sbom, source: basename(root), materials };
}

async function readDescription(root: string): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  for (const [file, schema] of Object.entries(DESCRIPTIONS)) {
    const bytes = await readBounded(join(root, file), MANIFEST_MAX_BYTES, 'pack/manifest-invalid');
    if (bytes === undefined) continue;
    if (!Buffer.from(bytes).includes(schema)) {
      throw new GreenticError('pack/manifest-invalid', `${file} must have the schema ${schema}.`);
    }
    found.push(bytes);
  }
  const [description, second] = found;
  if (description === undefined)
    throw new GreenticError('pack/build-failed', `${root} has neither pack.json nor bundle.json.`);
  if (second !== undefined) throw new GreenticError('pack/build-failed', `${root} has both pack.json and bundle.json.`);
  return description;
}
