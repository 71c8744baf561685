import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalize, type Digest, digestOf, hexOf } from '@greentic/core';
import type { Descriptor } from '../artifact/descriptor.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { readBounded } from '../layout/bounded-file.ts';
import { writeDurable } from '../layout/durable-file.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { encodeEnd, encodeFile } from '../layout/tar-header.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';

/** Where a mirror is written. Nobody reads half a mirror: the index comes last, and of it the timestamp. */
export interface MirrorTarget {
  /** The timestamp of the mirror that is there already, when it is added to. */
  timestamp(): Promise<Uint8Array | undefined>;
  /** Stores a blob; false when it is there. */
  blob(bytes: Uint8Array): Promise<boolean>;
  /** Stores a file of the index. */
  index(file: string, bytes: Uint8Array): Promise<void>;
  /** Names groups for other OCI tools, and ends. */
  finish(groups: ReadonlyMap<string, Descriptor>): Promise<void>;
  /** Leaves nothing behind that was begun. */
  abandon(): Promise<void>;
}

/** A mirror in a folder: what it has it keeps, and what is new is added. */
export class FolderTarget implements MirrorTarget {
  readonly #layout: ImageLayout;

  constructor(folder: string) {
    this.#layout = new ImageLayout(folder);
  }

  timestamp(): Promise<Uint8Array | undefined> {
    return this.#read(join('tuf', 'timestamp.json'), METADATA_MAX_BYTES.timestamp);
  }

  async blob(bytes: Uint8Array): Promise<boolean> {
    const digest = digestOf(bytes);
    const kept = await this.#layout.read(digest, bytes.byteLength).catch(() => undefined);
    if (kept !== undefined && digestOf(kept) === digest) return false;
    await this.#layout.write(bytes);
    return true;
  }

  async index(file: string, bytes: Uint8Array): Promise<void> {
    await writeDurable(join(this.#layout.folder, 'tuf', file), bytes);
  }

  async finish(groups: ReadonlyMap<string, Descriptor>): Promise<void> {
    if ((await this.#read('oci-layout', 1024)) === undefined) await this.#layout.create();
    for (const [reference, descriptor] of groups) await this.#layout.tag(reference, descriptor);
  }

  async abandon(): Promise<void> {}

  #read(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return readBounded(join(this.#layout.folder, file), maxBytes, 'index/invalid');
  }
}

/** A mirror in one tar. Equal content gives equal bytes; it takes the place of an earlier file in one step. */
export class TarTarget implements MirrorTarget {
  readonly #path: string;
  readonly #temporary: string;
  readonly #written = new Set<Digest>();
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  }

  async timestamp(): Promise<undefined> {
    return undefined;
  }

  async blob(bytes: Uint8Array): Promise<boolean> {
    const digest = digestOf(bytes);
    if (this.#written.has(digest)) return false;
    this.#written.add(digest);
    await this.#append(`blobs/sha256/${hexOf(digest)}`, bytes);
    return true;
  }

  async index(file: string, bytes: Uint8Array): Promise<void> {
    await this.#append(`tuf/${file}`, bytes);
  }

  async finish(groups: ReadonlyMap<string, Descriptor>): Promise<void> {
    const manifests = [...groups].map(([reference, descriptor]) => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.ref.name': reference },
    }));
    const catalog = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests };
    await this.#append('oci-layout', Buffer.from(canonicalize({ imageLayoutVersion: '1.0.0' })));
    await this.#append('index.json', Buffer.from(canonicalize(catalog)));
    await this.#file?.write(encodeEnd());
    await this.#file?.sync();
    await this.#file?.close();
    this.#file = undefined;
    await rename(this.#temporary, this.#path);
  }

  async abandon(): Promise<void> {
    await this.#file?.close();
    await rm(this.#temporary, { force: true });
  }

  async #append(name: string, bytes: Uint8Array): Promise<void> {
    if (this.#file === undefined) {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#file = await open(this.#temporary, 'wx', 0o644);
    }
    await this.#file.writeFile(encodeFile(name, bytes));
  }
}

/** Where a path says a mirror is to be: in one tar when it ends in `.tar`, else in a folder. */
export function openTarget(path: string): MirrorTarget {
  return path.endsWith('.tar') ? new TarTarget(path) : new FolderTarget(path);
}
