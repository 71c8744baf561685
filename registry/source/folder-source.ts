import { join } from 'node:path';
import { type ArtifactName, type Digest, GreenticError, type Revocation } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { IndexWalk, type SourceOptions } from './index-walk.ts';
import type { BlobSource, IndexAnswer, Source } from './source.ts';

/** A registry in a folder: an OCI image layout, and the index in `tuf/` beside it. */
export class FolderSource implements Source, BlobSource {
  readonly location: string;
  readonly remote = false;
  readonly #layout: ImageLayout;
  readonly #walk: IndexWalk;

  constructor(folder: string, options: SourceOptions) {
    this.location = folder;
    this.#layout = new ImageLayout(folder);
    this.#walk = new IndexWalk(options);
  }

  readonly readIndex: ReadIndexFile = (file, maxBytes) =>
    readBounded(join(this.location, 'tuf', file), maxBytes, 'index/invalid');

  index(name: ArtifactName): Promise<IndexAnswer> {
    return this.#walk.versionsOf(name, this.readIndex);
  }

  revocations(): Promise<readonly Revocation[]> {
    return this.#walk.revocations(this.readIndex);
  }

  /** All names have their parts in one place. */
  blobsOf(): BlobSource {
    return this;
  }

  async blob(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    const bytes = await this.#layout.read(digest, maxBytes);
    if (bytes === undefined)
      throw new GreenticError('registry/incomplete', `The registry at ${this.location} lacks ${digest}.`);
    return bytes;
  }

  manifest(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    return this.blob(digest, maxBytes);
  }
}
