import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { encodeEnd, encodeFile } from '../layout/tar-header.ts';

/** The files of a folder, as the bytes a tar has for each. */
export async function tarEntries(folder: string): Promise<Uint8Array[]> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).toSorted();
  return Promise.all(paths.map(async (path) => encodeFile(relative(folder, path), await readFile(path))));
}

/** Puts a folder into a tar file. */
export async function writeFolderTar(folder: string, file: string): Promise<void> {
  await writeFile(file, Buffer.concat([...(await tarEntries(folder)), encodeEnd()]));
}
