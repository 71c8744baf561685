import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, GreenticError } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { decodeMetadata, metadataFile, type SignedOf } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, type TopRole, VERSION_MAX } from '../tuf/signed.ts';

/** The folder of a registry's index, as its owner reads it: signatures are not looked at. */
export class IndexFolder {
  readonly path: string;

  constructor(registry: string) {
    this.path = join(registry, 'tuf');
  }

  /** A file of the index; undefined when there is none. Throws `index/invalid` for one that is too large. */
  read(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return readBounded(join(this.path, file), maxBytes, 'index/invalid');
  }

  /** The signed part of a version of a role. Throws `registry/unreachable` without a timestamp, `registry/incomplete`. */
  async role<R extends TopRole>(kind: R, version: number, name: string = kind): Promise<SignedOf<R>> {
    const file = metadataFile(name, version);
    const bytes = await this.read(file, METADATA_MAX_BYTES[kind]);
    const code: ErrorCode = kind === 'timestamp' ? 'registry/unreachable' : 'registry/incomplete';
    if (bytes === undefined) throw new GreenticError(code, `There is no ${file} in ${this.path}.`);
    return decodeMetadata(bytes, kind);
  }

  /** The version of the newest root; 0 when there is none. */
  async newestRoot(): Promise<number> {
    for (let version = 0; ; version++) {
      const next = await this.read(metadataFile('root', version + 1), METADATA_MAX_BYTES.root);
      if (next === undefined) return version;
    }
  }

  /**
   * The version to count on from. Nobody gets half-way to the largest by counting: a number beyond was written to lock the
   * owner out, and counting goes on from the newest file below.
   */
  async counted(role: string, version: number): Promise<number> {
    if (version <= VERSION_MAX / 2) return version;
    const numbers = (await readdir(this.path)).flatMap((file) => {
      const [number, ...name] = file.split('.');
      return name.join('.') === `${role}.json` && /^\d{1,10}$/.test(number ?? '') ? [Number(number)] : [];
    });
    return Math.max(0, ...numbers.filter((number) => number <= VERSION_MAX / 2));
  }
}
