import { mkdir, open, readdir, rename, rm, truncate } from 'node:fs/promises';
import { GreenticError } from '@greentic/core';

/** A slice of a file, and the size of the whole. */
export interface Slice {
  readonly bytes: Buffer;
  /** Where in the file the slice begins. */
  readonly start: number;
  readonly size: number;
}

/**
 * The file operations the store is built on. Contents are durable when `write`, `append` and `truncate` return; names (a new
 * file, a rename, a removal) are durable only after `syncFolder`. An operation that throws may have been done in part.
 */
export interface Disk {
  /** At most `maxBytes` from `start` (default 0; negative counts from the end). Undefined when there is no such file. */
  read(file: string, options: { start?: number; maxBytes: number }): Promise<Slice | undefined>;
  /** Creates the file or replaces its contents; readable by its owner only. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  /** Adds to the end of the file, in one piece. */
  append(file: string, bytes: Uint8Array): Promise<void>;
  /** Cuts the file to a size. */
  truncate(file: string, size: number): Promise<void>;
  /** Gives a file another name; a file of that name is replaced in one step. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; none is fine. */
  remove(file: string): Promise<void>;
  /** Names in a folder with whether each is a folder, sorted. Undefined when there is no such folder. */
  list(folder: string): Promise<{ name: string; folder: boolean }[] | undefined>;
  /** Creates a folder and those above it; open to its owner only. One that exists is fine. */
  makeFolder(folder: string): Promise<void>;
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): Promise<void>;
}

/** The machine's own disk. What it cannot do throws `env/unwritable`, with the system's reason. */
export const nodeDisk: Disk = {
  read: (file, options) => coded(read(file, options)),
  write: (file, bytes) => coded(put(file, 'w', bytes)),
  append: (file, bytes) => coded(put(file, 'a', bytes)),
  truncate: (file, size) => coded(cut(file, size)),
  rename: (from, to) => coded(rename(from, to)),
  remove: (file) => coded(rm(file, { force: true })),
  list: (folder) => coded(list(folder)),
  makeFolder: async (folder) => void (await coded(mkdir(folder, { recursive: true, mode: 0o700 }))),
  syncFolder: (folder) => coded(syncFolder(folder)),
};

async function coded<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw new GreenticError('env/unwritable', `The environment’s folder cannot be used: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** The outcome, or undefined when the file or folder does not exist. */
async function unlessAbsent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function read(
  file: string,
  { start = 0, maxBytes }: { start?: number; maxBytes: number },
): Promise<Slice | undefined> {
  const handle = await unlessAbsent(open(file, 'r'));
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const from = start < 0 ? Math.max(0, size + start) : Math.min(start, size);
    const buffer = Buffer.alloc(Math.min(maxBytes, size - from));
    let filled = 0;
    while (filled < buffer.byteLength) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.byteLength - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { bytes: buffer.subarray(0, filled), start: from, size };
  } finally {
    await handle.close();
  }
}

async function put(file: string, flags: 'w' | 'a', bytes: Uint8Array): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function cut(file: string, size: number): Promise<void> {
  await truncate(file, size);
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function list(folder: string): Promise<{ name: string; folder: boolean }[] | undefined> {
  const entries = await unlessAbsent(readdir(folder, { withFileTypes: true }));
  return entries
    ?.map((entry) => ({ name: entry.name, folder: entry.isDirectory() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle on a folder that could be synced; NTFS journals names itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
