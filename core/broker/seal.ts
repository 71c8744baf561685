import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { GreenticError } from '../errors.ts';
import type { Seal } from '../slots/context.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens the key-encryption key kept in a file, which is made of 32 random bytes when there is none. The key never leaves
 * this process. Throws `secret/integrity` for a file of another size, or one that others may read.
 */
export function openSeal(file: string, identity: string): Seal {
  const key = readKey(file);
  const associatedData = (context: string) => Buffer.from(JSON.stringify([identity, context]));
  return {
    async wrap({ plain, context }) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(context));
      const body = Buffer.concat([cipher.update(Buffer.from(plain, 'base64')), cipher.final()]);
      return { sealed: Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64') };
    },
    async unwrap({ sealed, context }) {
      const bytes = Buffer.from(sealed, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(associatedData(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
        const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
        return { plain: plain.toString('base64') };
      } catch {
        throw new GreenticError(
          'secret/integrity',
          'What was sealed was changed, or belongs to another context or environment.',
        );
      }
    },
  };
}

function readKey(file: string): Buffer {
  createKey(file);
  const descriptor = openSync(file, 'r');
  try {
    const { mode, size } = fstatSync(descriptor);
    const shared = process.platform !== 'win32' && (mode & 0o077) !== 0;
    if (size !== KEY_BYTES || shared) {
      throw new GreenticError(
        'secret/integrity',
        `The environment’s key file has ${shared ? 'a mode that lets others read it' : 'the wrong size'}.`,
        {
          hint: shared
            ? `chmod 600 ${file}, and change the secrets if somebody may have read it.`
            : 'Restore it from a backup.',
        },
      );
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the key file unless it exists. A link appears whole or not at all, so two processes agree on one key. */
function createKey(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, randomBytes(KEY_BYTES));
    fsyncSync(descriptor);
    linkSync(draft, file);
    syncFolder(path.dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    closeSync(descriptor);
    rmSync(draft);
  }
}

/** Makes the key's name as durable as what is sealed under it. Windows has no such call, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
