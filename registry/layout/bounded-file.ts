import { constants, open } from 'node:fs/promises';
import { type ErrorCode, GreenticError } from '@greentic/core';

/**
 * Reads a file of at most `maxBytes`, whole; undefined when there is none. Throws the code given for a file that is larger,
 * and `registry/unreachable` for one that cannot be read.
 */
export async function readBounded(path: string, maxBytes: number, code: ErrorCode): Promise<Uint8Array | undefined> {
  try {
    // Without waiting: to open a pipe that somebody put here would otherwise never end. Windows has neither.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new GreenticError('registry/unreachable', `${path} is not a file.`);
      if (stats.size > maxBytes) throw new GreenticError(code, `${path} is larger than ${maxBytes} bytes.`);
      // One byte more than allowed, so that a file that grows meanwhile is noticed.
      const buffer = Buffer.alloc(Math.min(stats.size, maxBytes) + 1);
      const length = await fill(file, buffer);
      if (length > maxBytes) throw new GreenticError(code, `${path} is larger than ${maxBytes} bytes.`);
      return buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof GreenticError) throw error;
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === 'ENOENT' || reason === 'ENOTDIR') return undefined;
    throw new GreenticError('registry/unreachable', `${path} cannot be read: ${reason}.`, { cause: error });
  }
}

async function fill(
  file: { read(buffer: Buffer, offset: number): Promise<{ bytesRead: number }> },
  buffer: Buffer,
): Promise<number> {
  let length = 0;
  while (length < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
