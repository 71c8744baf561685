import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { decode, GreenticError, parseJson } from '@greentic/core';
import type { CookieKeys } from '@greentic/runtime';
import * as z from 'zod';

const File = z.strictObject({
  schema: z.literal('greentic.router-keys/1'),
  keys: z
    .array(z.strictObject({ kid: z.string(), key: z.base64().length(44) }))
    .min(1)
    .max(8),
});

/** The router's signing keys, kept in a file with mode 0600; made of fresh random bytes when there are none. */
export async function openCookieKeys(file: string): Promise<CookieKeys> {
  await createKeys(file);
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new GreenticError('runtime/config-invalid', `Others may read the router’s keys ${file}.`, {
      hint: `Delete the file: sessions are picked anew.`,
    });
  }
  const value = parseJson(await readFile(file), { maxBytes: 16 * 1024, code: 'runtime/config-invalid' });
  const { keys } = decode(File, value, 'runtime/config-invalid', 'The router’s keys');
  return keys.map(({ kid, key }) => ({ kid, key: Buffer.from(key, 'base64') }));
}

async function createKeys(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  const key = { kid: randomBytes(4).toString('hex'), key: randomBytes(32).toString('base64') };
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ schema: 'greentic.router-keys/1', keys: [key] }));
    await handle.sync();
    // A link appears whole or not at all, and never over a file that is there.
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await handle.close();
    await rm(draft);
  }
}
