import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { GreenticError } from '@greentic/core';

/** Longest path of a unix socket that every system takes: 104 bytes on macOS, the terminator included. */
const SOCKET_PATH_BYTES = 103;

const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/**
 * Folder for the sockets of one environment, from the path of the environment's folder. Every shell of a user has to find the
 * same one, so it does not depend on TMPDIR; and it is short, because socket paths have to be.
 */
export function runFolder(environmentFolder: string): string {
  const root = process.platform === 'win32' ? tmpdir() : '/tmp';
  return path.join(root, `gtc-${process.getuid?.() ?? 'user'}`, short(path.resolve(environmentFolder)));
}

/** Where a revision's worker answers: the same path for every process that ever runs it. Throws `runtime/socket-folder`. */
export function workerSocket(folder: string, revision: string): string {
  return assertSocketPath(path.join(folder, `w-${short(revision)}.sock`));
}

/** Gives the path back, or throws `runtime/socket-folder` when it is too long for a socket. */
export function assertSocketPath(socketPath: string): string {
  if (Buffer.byteLength(socketPath) <= SOCKET_PATH_BYTES) return socketPath;
  throw new GreenticError(
    'runtime/socket-folder',
    `The socket path ${socketPath} has more than ${SOCKET_PATH_BYTES} bytes.`,
    { hint: 'Use a folder with a shorter path.' },
  );
}

/**
 * Makes the folder, and the one above it, ours alone. One that somebody else made, or that others may enter, is refused with
 * `runtime/socket-folder`: whoever owns it could put sockets of their own in our place.
 */
export async function openRunFolder(folder: string): Promise<void> {
  for (const each of [path.dirname(folder), folder]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
    await assertOurs(each);
  }
}

/**
 * Throws `runtime/socket-folder` unless the folder is ours alone: a socket in any other may be anybody's, also when nobody of
 * ours listens. A folder that does not exist throws the system's error.
 */
export async function assertOurs(folder: string): Promise<void> {
  const seen = await lstat(folder);
  if (!seen.isDirectory()) throw foreign(folder, 'is not a folder');
  if (process.getuid === undefined) return;
  if (seen.uid !== process.getuid()) throw foreign(folder, 'belongs to another user');
  if ((seen.mode & 0o077) !== 0) throw foreign(folder, 'is open to other users');
}

/** Removes what earlier workers left behind; only for who holds the environment's serve lock. */
export async function clearWorkerSockets(folder: string): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(names.filter((name) => name.startsWith('w-')).map((name) => rm(path.join(folder, name))));
}

function foreign(folder: string, what: string): GreenticError {
  return new GreenticError('runtime/socket-folder', `The folder for sockets ${folder} ${what}.`);
}
