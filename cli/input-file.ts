import { type FileHandle, open } from 'node:fs/promises';
import { type ErrorCode, GreenticError } from '@greentic/core';

/** How a file named on the command line is read. */
export interface InputOptions {
  /** What it is to hold, as in `The trust file`. */
  readonly what: string;
  readonly maxBytes: number;
  /** Of the error for a file that cannot be read or is too large; `input/invalid` unless told. */
  readonly code?: ErrorCode;
  readonly hint?: string;
}

/** Reads a file or a pipe to its end, but never more than `maxBytes`. Throws the code given. */
export async function readInput(file: string, options: InputOptions): Promise<Buffer> {
  const {
    what,
    maxBytes,
    code = 'input/invalid',
    hint = 'Name a file that is there, that you may read, and is no larger.',
  } = options;
  const failed = (why: string) => new GreenticError(code, `${what} ${file} ${why}.`, { hint });
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw failed(`cannot be read (${error.code})`);
  };
  const handle = await open(file).catch(unreadable);
  try {
    const bytes = await readAtMost(handle, maxBytes + 1).catch(unreadable);
    if (bytes.byteLength > maxBytes) throw failed(`is larger than ${maxBytes} bytes`);
    return bytes;
  } finally {
    await handle.close();
  }
}

/** The first bytes of what is open, at most so many; also of a pipe, and of a device that never ends. */
export async function readAtMost(handle: FileHandle, bytes: number): Promise<Buffer> {
  return Buffer.concat(await handle.createReadStream({ end: bytes - 1, autoClose: false }).toArray());
}
