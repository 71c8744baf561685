import { join } from 'node:path';
import { type ArtifactName, type Digest, digestOf, isGreenticError } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { repositoryOf } from '../oci/reference.ts';
import { pinnedRoot } from '../publish/registry.ts';
import { storeOf } from '../publish/submission.ts';
import { type Closure, closureOf } from '../source/closure.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import type { Log } from './access-log.ts';
import { readManifest } from './manifest.ts';
import type { PublishedVersion, Repositories } from './repositories.ts';

/**
 * Brings what the index has published into the repositories, whoever published it and by whichever way. What a reader of the
 * index would refuse is left out, and logged.
 */
export class PublishedVersions {
  readonly #folder: string;
  readonly #repositories: Repositories;
  readonly #now: () => Date;
  readonly #log: Log;
  #seen = '';
  #running: Promise<void> | undefined;

  constructor(parts: { folder: string; repositories: Repositories; now: () => Date; log: Log }) {
    this.#folder = parts.folder;
    this.#repositories = parts.repositories;
    this.#now = parts.now;
    this.#log = parts.log;
  }

  /** Catches up with the index; returns at once when nothing was published since. */
  async catchUp(): Promise<void> {
    // Whoever asks while somebody is at it waits, and looks again: what was read may be older than the question.
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#catchUp().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #catchUp(): Promise<void> {
    const timestamp = await this.#read('timestamp.json', METADATA_MAX_BYTES.timestamp);
    const seen = timestamp === undefined ? '' : digestOf(timestamp);
    if (seen === this.#seen) return;
    try {
      await this.#take();
      this.#seen = seen;
    } catch (error) {
      this.#warn('index-refused', error);
    }
  }

  async #take(): Promise<void> {
    const root = Buffer.from(JSON.stringify(await pinnedRoot(this.#folder)));
    const read = (file: string, maxBytes: number) => this.#read(file, maxBytes);
    const index = await TrustedIndex.open({ root, read, now: this.#now() });
    for (const namespace of await index.namespaces()) {
      try {
        for (const name of await index.namesOf(namespace)) {
          const { document } = await index.versionsOf(name);
          await this.#publish(name, document.versions);
        }
      } catch (error) {
        this.#warn('namespace-refused', error, { namespace });
      }
    }
  }

  async #publish(name: ArtifactName, versions: readonly VersionEntry[]): Promise<void> {
    const repository = repositoryOf(name);
    const store = storeOf(new ImageLayout(this.#folder));
    const fresh: PublishedVersion[] = [];
    for (const entry of versions) {
      const known = this.#repositories.tag(repository, entry.version);
      if (known?.published && known.digest === entry.group) continue;
      fresh.push(publishedVersion(repository, entry, await closureOf(store, entry)));
    }
    if (fresh.length > 0) this.#repositories.publish(fresh);
  }

  #read(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return readBounded(join(this.#folder, 'tuf', file), maxBytes, 'index/invalid');
  }

  #warn(event: string, error: unknown, fields: object = {}): void {
    const code = isGreenticError(error) ? error.code : 'internal/unforeseen';
    this.#log({ event, at: this.#now().toISOString(), ...fields, code, reason: (error as Error).message });
  }
}

function publishedVersion(repository: string, entry: VersionEntry, { manifests, blobs }: Closure): PublishedVersion {
  return {
    repository,
    version: entry.version,
    group: entry.group,
    manifests: manifests.map(({ bytes, mediaType }) => readManifest(bytes, mediaType).record),
    blobs: blobs.map(({ digest }): Digest => digest),
  };
}
