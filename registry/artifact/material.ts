import { readFile } from 'node:fs/promises';
import { digestOf, hexOf } from '@greentic/core';
import { lockedDigest } from './npm-package.ts';
import type { NamedSource } from './source-name.ts';

/** An npm package that a build read. */
export interface Material {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** SHA-512, in hex, of the archive it was installed from, where a lock says so. */
  readonly sha512?: string;
  /** Those of its files that are in the module, by path; none when all of it was left out as unused. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** The packages behind the sources of a build, each once, in order of name and version. */
export async function materialsOf(sources: readonly BuiltSource[]): Promise<Material[]> {
  const groups = Map.groupBy(
    sources.filter(({ origin }) => origin !== undefined),
    ({ origin }) => `${origin?.owner.name}@${origin?.owner.version}`,
  );
  const materials = await Promise.all([...groups.values()].map(materialOf));
  return materials.toSorted((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

/** A source, and whether something of it is in the module. */
export interface BuiltSource extends NamedSource {
  readonly bundled: boolean;
}

async function materialOf(sources: readonly BuiltSource[]): Promise<Material> {
  const owner = sources[0]?.origin?.owner;
  if (owner === undefined) throw new TypeError('A material has an owner.');
  const sha512 = await lockedDigest(owner);
  const bundled = new Map(sources.filter((source) => source.bundled).map((source) => [source.origin?.path, source]));
  const files = await Promise.all(
    [...bundled].map(async ([path = '', { file }]) => ({ path, sha256: hexOf(digestOf(await readFile(file))) })),
  );
  return {
    name: owner.name,
    version: owner.version,
    ...(owner.license === undefined ? {} : { license: owner.license }),
    ...(sha512 === undefined ? {} : { sha512 }),
    files: files.toSorted((a, b) => compare(a.path, b.path)),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
