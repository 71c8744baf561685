import { join } from 'node:path';
import { canonicalize, type Digest, decode, hexOf, parseJson } from '@greentic/core';
import * as z from 'zod';
import { readBounded } from '../layout/bounded-file.ts';
import { writeDurable } from '../layout/durable-file.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { MAX_ROTATIONS, type SeenIndex } from './client-workflow.ts';
import { decodeMetadata } from './metadata.ts';
import { METADATA_MAX_BYTES } from './signed.ts';

const MAX_BYTES = 8 * 2 ** 20;

const SeenFile = z.strictObject({
  schema: z.literal('greentic.seen-index/1'),
  root: z.int().min(1),
  roots: z.array(z.string().max(METADATA_MAX_BYTES.root)).max(MAX_ROTATIONS),
  timestamp: z.string().max(METADATA_MAX_BYTES.timestamp),
  snapshot: z.string().max(METADATA_MAX_BYTES.snapshot),
});

/** The newest metadata accepted from one registry, kept in an environment's cache across processes. */
export class SeenIndexFile {
  readonly path: string;
  readonly #folder: string;

  /** `root` is the digest of the pinned root: the same name with another root is another registry. */
  constructor(cache: string, { name, root }: { name: string; root: Digest }) {
    this.#folder = join(cache, 'index');
    this.path = join(this.#folder, `${name}.${hexOf(root).slice(0, 32)}.json`);
  }

  /** What was kept; undefined at first. Throws `index/invalid` for a file that is not what was written. */
  async read(): Promise<SeenIndex | undefined> {
    const bytes = await readBounded(this.path, MAX_BYTES, 'index/invalid');
    if (bytes === undefined) return undefined;
    const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'index/invalid' });
    const { root, roots, timestamp, snapshot } = decode(
      SeenFile,
      value,
      'index/invalid',
      `The kept index ${this.path}`,
    );
    return {
      root,
      roots: roots.map((text) => Buffer.from(text)),
      timestamp: Buffer.from(timestamp),
      snapshot: Buffer.from(snapshot),
    };
  }

  /** Keeps metadata, unless somebody has kept newer meanwhile. */
  async keep(next: SeenIndex): Promise<void> {
    await withFolderLock(this.#folder, async () => {
      const kept = await this.read();
      if (kept !== undefined && !isNewer(next, kept)) return;
      const file: z.infer<typeof SeenFile> = {
        schema: 'greentic.seen-index/1',
        root: next.root,
        roots: next.roots.map((bytes) => Buffer.from(bytes).toString()),
        timestamp: Buffer.from(next.timestamp).toString(),
        snapshot: Buffer.from(next.snapshot).toString(),
      };
      await writeDurable(this.path, Buffer.from(canonicalize(file)));
    });
  }
}

/** Another root counts its timestamps anew, so that who counted far ahead with a stolen key has not locked anybody out. */
function isNewer(next: SeenIndex, kept: SeenIndex): boolean {
  return next.root === kept.root ? timestampVersion(next) > timestampVersion(kept) : next.root > kept.root;
}

function timestampVersion({ timestamp }: SeenIndex): number {
  return decodeMetadata(timestamp, 'timestamp').version;
}
