import { assertDigest, type Digest, digestOf } from '@greentic/core';
import { blobPath, ImageLayout } from '../layout/image-layout.ts';

/** An environment's copies of what it installed, by digest. A copy is as little trusted as any download. */
export class PackCache {
  readonly folder: string;
  readonly #layout: ImageLayout;

  constructor(folder: string) {
    this.folder = folder;
    this.#layout = new ImageLayout(folder);
  }

  /** The bytes of a digest, hashed anew; undefined when there is no copy. Throws `blob/digest-mismatch`, `blob/size-mismatch`. */
  async get(digest: Digest, maxBytes: number): Promise<Uint8Array | undefined> {
    const bytes = await this.#layout.read(digest, maxBytes);
    return bytes && assertDigest(bytes, digest, `The copy ${blobPath(this.folder, digest)}`);
  }

  /** Keeps bytes; returns their digest. A crash leaves a whole copy or none. */
  async put(bytes: Uint8Array): Promise<Digest> {
    await this.#layout.write(bytes);
    return digestOf(bytes);
  }
}
