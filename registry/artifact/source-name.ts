import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { GreenticError } from '@greentic/core';

/**
 * Name of a source that is the same on every machine: the path inside the root, or `<package>@<version>/<path>` for what
 * comes from a package. Throws `pack/build-failed` for a file outside the root that belongs to no package.
 */
export async function stableName(root: string, input: string): Promise<string> {
  // Such as esbuild's stand-in for a module that a package disables in browsers.
  const [, prefix = '', path = input] = /^(\(disabled\):|[a-z-]+:)?(.*)$/s.exec(input) ?? [];
  const inside = !path.startsWith('..') && !path.split('/').includes('node_modules');
  if (inside) return input;
  const file = resolve(root, path);
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const owner = await readPackage(folder);
    if (owner !== undefined) return `${prefix}${owner}/${relative(folder, file).split(sep).join('/')}`;
    if (folder === dirname(folder)) break;
  }
  throw new GreenticError('pack/build-failed', `${input} lies outside the folder and belongs to no package.`);
}

/** `<name>@<version>` of the package in a folder; nested `package.json` files without a name only set the module type. */
async function readPackage(folder: string): Promise<string | undefined> {
  try {
    const { name, version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    return typeof name === 'string' ? `${name}@${typeof version === 'string' ? version : '0.0.0'}` : undefined;
  } catch {
    return undefined;
  }
}
