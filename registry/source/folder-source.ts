import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ArtifactName, canonicalize, type Digest, digestOf, GreenticError, type TrustRoot } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { SeenIndexFile } from '../tuf/seen-index.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { IndexAnswer, Source } from './source.ts';

/** A registry as a trust root names it. */
export type RegistryEntry = TrustRoot['registries'][number];

/** A registry in a folder: an OCI image layout, and the index in `tuf/` beside it. */
export class FolderSource implements Source {
  readonly location: string;
  readonly remote = false;
  readonly #layout: ImageLayout;
  readonly #root: Uint8Array;
  readonly #seen: SeenIndexFile;
  readonly #now: () => Date;

  /** `cache` is the environment's cache folder, where the newest index seen is kept. */
  constructor({ registry, cache, now }: { registry: RegistryEntry; cache: string; now: () => Date }) {
    this.location = folderOf(registry);
    this.#layout = new ImageLayout(this.location);
    this.#root = Buffer.from(canonicalize(registry.root));
    this.#seen = new SeenIndexFile(cache, { name: registry.name, root: digestOf(this.#root) });
    this.#now = now;
  }

  async index(name: ArtifactName): Promise<IndexAnswer> {
    const seen = await this.#seen.read();
    const index = await TrustedIndex.open({
      root: this.#root,
      read: (file, maxBytes) => readBounded(join(this.location, 'tuf', file), maxBytes, 'index/invalid'),
      seen,
      now: this.#now(),
    });
    // Kept before anybody asks it: what was accepted once must not be undone by a question that fails.
    if (index.seen.timestamp !== seen?.timestamp || index.seen.root !== seen.root) await this.#seen.keep(index.seen);
    return index.versionsOf(name);
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

/** The folder of a registry: a `file:` URL or an absolute path. Throws `registry/unreachable` for anything else. */
function folderOf({ name, location }: RegistryEntry): string {
  if (URL.canParse(location) && new URL(location).protocol === 'file:') return fileURLToPath(location);
  if (isAbsolute(location)) return location;
  throw new GreenticError('registry/unreachable', `The registry ${name} is at ${location}, which is no folder.`, {
    hint: 'Give its folder as a file: URL or an absolute path.',
  });
}
