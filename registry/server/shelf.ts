import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Digest } from '@greentic/core';
import { syncDirectory } from '../layout/durable-file.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { blobPath } from '../layout/image-layout.ts';
import type { Log } from './access-log.ts';
import { PublishedVersions } from './published-versions.ts';
import { Refusal } from './refusal.ts';
import { type ManifestRecord, Repositories } from './repositories.ts';

/**
 * What a registry folder holds for OCI clients: the bytes of the image layout, and which repository they are in. What the
 * index has published is immutable here as well.
 */
export class Shelf implements Disposable {
  readonly folder: string;
  readonly repositories: Repositories;
  readonly #published: PublishedVersions;

  constructor({ folder, now, log }: { folder: string; now: () => Date; log: Log }) {
    this.folder = folder;
    this.repositories = new Repositories(folder);
    this.#published = new PublishedVersions({ folder, repositories: this.repositories, now, log });
  }

  /** Catches up with what was published in the index. */
  async catchUp(): Promise<void> {
    await this.#published.catchUp();
  }

  [Symbol.dispose](): void {
    this.repositories[Symbol.dispose]();
  }

  /** Adds a manifest whose bytes are stored. Throws the refusal 409 for a tag that is a published version of other bytes. */
  async add(repository: string, record: ManifestRecord, tag: string | undefined): Promise<void> {
    await this.#exclusively(async () => {
      const former = tag === undefined ? undefined : this.repositories.tag(repository, tag);
      if (former?.published && former.digest !== record.digest)
        throw new Refusal(409, 'DENIED', `${tag} is a published version, and those never change.`);
      this.repositories.addManifest(repository, record, tag);
    });
  }

  /** Removes a tag. Throws the refusal 405 for a published version. */
  async untag(repository: string, tag: string): Promise<void> {
    await this.#exclusively(async () => {
      if (this.repositories.tag(repository, tag)?.published)
        throw new Refusal(405, 'UNSUPPORTED', `${tag} is a published version, and those stay.`);
      this.repositories.removeTag(repository, tag);
    });
  }

  /**
   * Takes a digest out of a repository, and its bytes off the disk when nobody holds them any more. Throws the refusal 405 for
   * what a published version rests on.
   */
  async remove(repository: string, digest: Digest, forget: () => boolean): Promise<void> {
    // Whoever publishes into the folder holds its lock: bytes must not vanish between their check and their index.
    await this.#exclusively(async () => {
      if (this.repositories.isPublished(repository, digest))
        throw new Refusal(405, 'UNSUPPORTED', 'A published version rests on this, and those stay.');
      forget();
      if (this.repositories.isHeld(digest)) return;
      const path = blobPath(this.folder, digest);
      rmSync(path, { force: true });
      await syncDirectory(dirname(path));
    });
  }

  /** With the folder's lock held, so that nobody publishes meanwhile, and knowing everything that was published before. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    await withFolderLock(this.folder, async () => {
      await this.#published.catchUp();
      await work();
    });
  }
}
