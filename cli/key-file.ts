import { open } from 'node:fs/promises';
import {
  decode,
  GreenticError,
  generateKeyPair,
  type KeyPair,
  keyIdOf,
  keyPairOf,
  parseJson,
  TrustedKey,
} from '@greentic/core';
import * as z from 'zod';
import { readAtMost, readInput } from './input-file.ts';

const KeyFile = z.strictObject({
  schema: z.literal('greentic.key/1'),
  keyId: z.string(),
  publicKey: z.string(),
  secretKey: z.string(),
});
const MAX_BYTES = 4096;
/** 32 bytes in base64. */
const PUBLIC_KEY = /^[A-Za-z0-9+/]{43}=$/;

/** Makes a key pair: the secret key in a new file with mode 0600, the public one beside it in `.pub`. */
export async function createKeyFile(file: string): Promise<TrustedKey> {
  const pair = generateKeyPair();
  const { keyId, publicKey } = pair;
  await writeNew(file, `${JSON.stringify({ schema: 'greentic.key/1', ...pair })}\n`, 0o600);
  await writeNew(`${file}.pub`, `${publicKey}\n`, 0o644);
  return { keyId, publicKey };
}

/** Reads a secret key. Throws `trust/key-invalid`, also when others may read the file. */
export async function readKeyFile(file: string): Promise<KeyPair> {
  const { mode, bytes } = await readWithMode(file).catch((error: NodeJS.ErrnoException) => {
    throw new GreenticError('trust/key-invalid', `The key ${file} cannot be read (${error.code}).`, {
      hint: 'Make one: gtc pack keygen <file>.',
    });
  });
  if (PUBLIC_KEY.test(bytes.toString().trim())) {
    throw new GreenticError('trust/key-invalid', `${file} is a public key: it signs nothing.`, {
      hint: 'Give the file of the secret key.',
    });
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new GreenticError('trust/key-invalid', `Others may read the secret key ${file}.`, {
      hint: `chmod 600 ${file}`,
    });
  }
  const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'trust/key-invalid' });
  return keyPairOf(decode(KeyFile, value, 'trust/key-invalid', file).secretKey);
}

/** A public key: itself in base64, or the file that holds it. Throws `trust/key-invalid`. */
export async function readPublicKey(keyOrFile: string): Promise<TrustedKey> {
  const publicKey = keyOrFile.endsWith('.pub') ? await readPublicKeyFile(keyOrFile) : keyOrFile;
  return decode(TrustedKey, { publicKey, keyId: keyIdOf(publicKey) }, 'trust/key-invalid', keyOrFile);
}

/**
 * A key of which only the public half may be here: a secret key's file, or a public key as `readPublicKey` takes it. Throws
 * `trust/key-invalid`.
 */
export async function readAnyKey(keyOrFile: string): Promise<{ publicKey: string; secretKey?: string }> {
  if (keyOrFile.endsWith('.pub') || PUBLIC_KEY.test(keyOrFile)) return readPublicKey(keyOrFile);
  return readKeyFile(keyOrFile);
}

async function readPublicKeyFile(file: string): Promise<string> {
  const options = { what: 'The public key', maxBytes: MAX_BYTES, code: 'trust/key-invalid' } as const;
  return (await readInput(file, options)).toString().trim();
}

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
    throw new GreenticError('input/invalid', `${file} cannot be made (${error.code}).`, {
      hint: 'Choose a file that does not exist, in a folder that does.',
    });
  });
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Both of the same file: by its name it could be another one the second time. */
async function readWithMode(file: string): Promise<{ mode: number; bytes: Buffer }> {
  const handle = await open(file, 'r');
  try {
    const { mode } = await handle.stat();
    // One byte more than a key file may have, so that a larger one is seen to be.
    return { mode, bytes: await readAtMost(handle, MAX_BYTES + 1) };
  } finally {
    await handle.close();
  }
}
