import { type ArtifactName, canonicalize, digestOf, type Revocation } from '@greentic/core';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { SeenIndexFile } from '../tuf/seen-index.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { IndexAnswer, RegistryEntry } from './source.ts';

/** What every source of an environment needs. */
export interface SourceOptions {
  readonly registry: RegistryEntry;
  /** The environment's cache folder, where the newest index seen is kept. */
  readonly cache: string;
  readonly now: () => Date;
}

/** Walks a registry's index from the root an environment pinned, and remembers the newest it accepted. */
export class IndexWalk {
  readonly #root: Uint8Array;
  readonly #seen: SeenIndexFile;
  readonly #now: () => Date;

  constructor({ registry, cache, now }: SourceOptions) {
    this.#root = Buffer.from(canonicalize(registry.root));
    this.#seen = new SeenIndexFile(cache, { name: registry.name, root: digestOf(this.#root) });
    this.#now = now;
  }

  /** The versions of a name, as the index says that `read` brings. Throws `index/*`, `pack/not-found`, and what `read` throws. */
  async versionsOf(name: ArtifactName, read: ReadIndexFile): Promise<IndexAnswer> {
    const index = await this.#open(read);
    // First, so that how long the answer holds takes them into account.
    const revocations = await index.revocations();
    const answer = await index.versionsOf(name);
    return { ...answer, revocations: revocations.filter((each) => each.name === name) };
  }

  /** Everything the registry withdrew, as the index says that `read` brings. Throws `index/*`, and what `read` throws. */
  async revocations(read: ReadIndexFile): Promise<readonly Revocation[]> {
    return (await this.#open(read)).revocations();
  }

  async #open(read: ReadIndexFile): Promise<TrustedIndex> {
    const seen = await this.#seen.read();
    const index = await TrustedIndex.open({ root: this.#root, read, seen, now: this.#now() });
    // Kept before anybody asks it: what was accepted once must not be undone by a question that fails.
    if (index.seen.timestamp !== seen?.timestamp || index.seen.root !== seen.root) await this.#seen.keep(index.seen);
    return index;
  }
}
