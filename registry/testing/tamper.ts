import { readFile, writeFile } from 'node:fs/promises';

/** Changes one byte in the middle of a file, or at the first place a text occurs. */
export async function flipByte(path: string, at?: string): Promise<void> {
  const bytes = await readFile(path);
  const offset = at === undefined ? bytes.byteLength >> 1 : bytes.indexOf(at);
  const byte = bytes[offset];
  if (byte === undefined) throw new Error(`${path} has no such place.`);
  bytes[offset] = byte ^ 1;
  await writeFile(path, bytes);
}
