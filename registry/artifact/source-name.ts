import { relative, resolve, sep } from 'node:path';
import { GreenticError } from '@greentic/core';
import { type NpmPackage, packageOf } from './npm-package.ts';

/** A file that went into a build. */
export interface NamedSource {
  /** The same on every machine: the path inside the root, or `<package>@<version>/<path>` for what comes from a package. */
  readonly name: string;
  /** The file itself. */
  readonly file: string;
  /** The package it comes from, and its path there; none for the author's own. */
  readonly origin?: { readonly owner: NpmPackage; readonly path: string };
}

/** Names a source as esbuild calls it. Throws `pack/build-failed` for a file outside the root that belongs to no package. */
export async function nameSource(root: string, input: string): Promise<NamedSource> {
  // Such as esbuild's stand-in for a module that a package disables in browsers.
  const [, prefix = '', path = input] = /^(\(disabled\):|[a-z-]+:)?(.*)$/s.exec(input) ?? [];
  const file = resolve(root, path);
  const inside = !path.startsWith('..') && !path.split('/').includes('node_modules');
  if (inside) return { name: input, file };
  const owner = await packageOf(file);
  if (owner === undefined)
    throw new GreenticError('pack/build-failed', `${input} lies outside the folder and belongs to no package.`);
  const within = relative(owner.folder, file).split(sep).join('/');
  return { name: `${prefix}${owner.name}@${owner.version}/${within}`, file, origin: { owner, path: within } };
}
