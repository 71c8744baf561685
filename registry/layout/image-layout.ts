import { join } from 'node:path';
import { canonicalize, type Digest, decode, digestOf, hexOf, parseJson } from '@greentic/core';
import * as z from 'zod';
import { Descriptor } from '../artifact/descriptor.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { readBounded } from './bounded-file.ts';
import { writeDurable } from './durable-file.ts';

const CATALOG_MAX_BYTES = 32 * 2 ** 20;
const REF_NAME = 'org.opencontainers.image.ref.name';

const Catalog = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.imageIndex),
  manifests: z.array(Descriptor),
});

/** Path of a blob inside an OCI image layout. */
export function blobPath(folder: string, digest: Digest): string {
  return join(folder, 'blobs', 'sha256', hexOf(digest));
}

/** An OCI image layout (image specification 1.1): a folder that holds blobs by digest, as any OCI tool reads it. */
export class ImageLayout {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes an empty layout. */
  async create(): Promise<void> {
    await writeDurable(join(this.folder, 'oci-layout'), Buffer.from(canonicalize({ imageLayoutVersion: '1.0.0' })));
    await this.#writeCatalog([]);
  }

  /** Stores a blob under its digest. */
  async write(bytes: Uint8Array): Promise<void> {
    await writeDurable(blobPath(this.folder, digestOf(bytes)), bytes);
  }

  /** Reads a blob, unchecked; undefined when there is none. */
  read(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    return readBounded(blobPath(this.folder, digest), maxBytes, 'blob/size-mismatch');
  }

  /** Points a reference at a manifest in `index.json`, for other OCI tools: nothing here ever believes that file. */
  async tag(reference: string, descriptor: Descriptor): Promise<void> {
    const others = (await this.#readCatalog()).filter((entry) => entry.annotations?.[REF_NAME] !== reference);
    await this.#writeCatalog([...others, { ...descriptor, annotations: { [REF_NAME]: reference } }]);
  }

  async #readCatalog(): Promise<Descriptor[]> {
    const bytes = await readBounded(join(this.folder, 'index.json'), CATALOG_MAX_BYTES, 'artifact/invalid');
    if (bytes === undefined) return [];
    const value = parseJson(bytes, { maxBytes: CATALOG_MAX_BYTES, code: 'artifact/invalid' });
    return decode(Catalog, value, 'artifact/invalid', 'index.json').manifests;
  }

  async #writeCatalog(manifests: readonly Descriptor[]): Promise<void> {
    const catalog = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests };
    await writeDurable(join(this.folder, 'index.json'), Buffer.from(canonicalize(catalog)));
  }
}
