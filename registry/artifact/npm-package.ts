import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** A package that lies on this machine, as its `package.json` names it. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier or expression, or whatever its author wrote. */
  readonly license?: string;
  readonly folder: string;
}

/**
 * The package a file belongs to: the nearest folder above it whose `package.json` has a name (nested ones without only set
 * the module type). Undefined when there is none.
 */
export async function packageOf(file: string): Promise<NpmPackage | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const description = await readObject(join(folder, 'package.json'));
    const { name, version, license } = description ?? {};
    if (typeof name === 'string') {
      return {
        name,
        version: typeof version === 'string' ? version : '0.0.0',
        ...(typeof license === 'string' ? { license } : {}),
        folder,
      };
    }
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * SHA-512, in hex, of the archive a package was installed from, as the nearest npm lock above it says; undefined when none
 * does, such as for a package that lies in a workspace.
 */
export async function lockedDigest({ folder, version }: NpmPackage): Promise<string | undefined> {
  for (let home = dirname(folder); home !== dirname(home); home = dirname(home)) {
    const path = relative(home, folder).split(sep).join('/');
    for (const lock of [join(home, 'node_modules', '.package-lock.json'), join(home, 'package-lock.json')]) {
      const packages = (await readObject(lock))?.['packages'] as Record<string, LockedPackage | undefined> | undefined;
      const entry = packages?.[path];
      if (entry?.version !== version) continue;
      const [, base64] = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)/.exec(String(entry.integrity)) ?? [];
      if (base64 !== undefined) return Buffer.from(base64, 'base64').toString('hex');
    }
  }
  return undefined;
}

interface LockedPackage {
  readonly version?: unknown;
  readonly integrity?: unknown;
}

async function readObject(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
