import { type ArtifactName, type Digest, type ErrorCode, GreenticError, hexOf, type Revocation } from '@greentic/core';
import { TarArchive } from '../layout/tar-archive.ts';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { IndexWalk, type SourceOptions } from './index-walk.ts';
import type { BlobSource, IndexAnswer, Source } from './source.ts';

/** A registry's folder in one uncompressed tar, read where it lies: nothing is unpacked. */
export class TarSource implements Source, BlobSource {
  readonly location: string;
  readonly remote = false;
  readonly #walk: IndexWalk;
  #archive: Promise<TarArchive> | undefined;

  constructor(file: string, options: SourceOptions) {
    this.location = file;
    this.#walk = new IndexWalk(options);
  }

  readonly readIndex: ReadIndexFile = (file, maxBytes) => this.#read(`tuf/${file}`, maxBytes, 'index/invalid');

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
    const bytes = await this.#read(`blobs/sha256/${hexOf(digest)}`, maxBytes, 'blob/size-mismatch');
    if (bytes === undefined)
      throw new GreenticError('registry/incomplete', `The registry in ${this.location} lacks ${digest}.`);
    return bytes;
  }

  manifest(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    return this.blob(digest, maxBytes);
  }

  async #read(name: string, maxBytes: number, code: ErrorCode): Promise<Uint8Array | undefined> {
    this.#archive ??= TarArchive.open(this.location);
    return (await this.#archive).read(name, maxBytes, code);
  }
}
