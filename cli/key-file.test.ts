import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKeyPair, keyIdOf } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyFile, readAnyKey, readKeyFile, readPublicKey } from './key-file.ts';
import { runHere } from './testing/here.ts';

let dir: string;
const file = (name = 'a.key') => path.join(dir, name);
const invalid = { code: 'trust/key-invalid' };
const modeOf = async (name: string) => (await stat(file(name))).mode & 0o777;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gtc-keys-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

/** A key file with changes, as somebody might edit it. */
async function edited(change: (document: Record<string, unknown>) => unknown): Promise<string> {
  const { publicKey, secretKey, keyId } = generateKeyPair(Buffer.alloc(32, 1));
  const document = change({ schema: 'greentic.key/1', keyId, publicKey, secretKey });
  await writeFile(file(), typeof document === 'string' ? document : JSON.stringify(document), { mode: 0o600 });
  return file();
}

test('a public key where a secret one is asked for is told to be one, however its file may be read', async () => {
  await createKeyFile(file());
  await expect(readKeyFile(file('a.key.pub'))).rejects.toMatchObject({
    code: 'trust/key-invalid',
    message: expect.stringContaining('is a public key'),
  });
});

describe('making a key', () => {
  test('writes the secret half for its owner alone, and the public half beside it', async () => {
    const made = await createKeyFile(file());
    expect([await modeOf('a.key'), await modeOf('a.key.pub')]).toEqual([0o600, 0o644]);
    expect(await readFile(file('a.key.pub'), 'utf8')).toBe(`${made.publicKey}\n`);
    expect(await readKeyFile(file())).toMatchObject(made);
  });

  test('gives back nothing secret, and neither does the command', async () => {
    expect(Object.keys(await createKeyFile(file())).sort()).toEqual(['keyId', 'publicKey']);
    const ran = await runHere(['pack', 'keygen', file('b.key'), '--json']);
    const { secretKey } = await readKeyFile(file('b.key'));
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.stdout).not.toContain(secretKey);
    expect(ran.stdout).not.toContain('secret');
  });

  test('makes another one each time', async () => {
    const ids = await Promise.all(['a', 'b', 'c'].map(async (name) => (await createKeyFile(file(name))).keyId));
    expect(new Set(ids).size).toBe(3);
  });

  test('never writes over a key that is there, not even over a link to nowhere', async () => {
    await createKeyFile(file());
    const before = await readFile(file(), 'utf8');
    await expect(createKeyFile(file())).rejects.toMatchObject({ code: 'input/invalid' });
    expect(await readFile(file(), 'utf8')).toBe(before);
    await symlink(file('elsewhere'), file('link'));
    await expect(createKeyFile(file('link'))).rejects.toMatchObject({ code: 'input/invalid' });
    expect(await readdir(dir)).not.toContain('elsewhere');
  });

  test('in a folder that is not there is refused with a way out', async () => {
    await expect(createKeyFile(file('no/such/a.key'))).rejects.toMatchObject({
      code: 'input/invalid',
      hint: expect.stringContaining('folder'),
    });
  });
});

describe('reading a secret key', () => {
  test.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o666])(
    'with mode %o is refused: it is not its owner’s alone',
    async (mode) => {
      await createKeyFile(file());
      await chmod(file(), mode);
      await expect(readKeyFile(file())).rejects.toMatchObject({ ...invalid, hint: `chmod 600 ${file()}` });
    },
  );

  test.each([0o600, 0o400])('with mode %o is taken', async (mode) => {
    await createKeyFile(file());
    await chmod(file(), mode);
    expect(await readKeyFile(file())).toHaveProperty('secretKey');
  });

  test('behind a link is judged by the file, not by the link', async () => {
    await createKeyFile(file());
    await symlink(file(), file('link'));
    expect(await readKeyFile(file('link'))).toHaveProperty('secretKey');
    await chmod(file(), 0o644);
    await expect(readKeyFile(file('link'))).rejects.toMatchObject(invalid);
  });

  test('that is not there, or is a folder, is refused with its name', async () => {
    await mkdir(file('folder'), { mode: 0o700 });
    for (const name of ['nothing', 'folder'])
      await expect(readKeyFile(file(name))).rejects.toMatchObject({
        ...invalid,
        message: expect.stringContaining(file(name)),
      });
  });

  test.each<[string, (document: Record<string, unknown>) => unknown]>([
    ['is empty', () => ''],
    ['is no JSON', () => 'secret'],
    ['has another schema', (document) => ({ ...document, schema: 'greentic.key/2' })],
    ['has a field too many', (document) => ({ ...document, passphrase: 'x' })],
    ['lacks the secret half', ({ secretKey: _, ...document }) => document],
    ['has a secret half too short', (document) => ({ ...document, secretKey: 'AAAA' })],
    ['has a secret half that is no base64', (document) => ({ ...document, secretKey: '!'.repeat(88) })],
    ['is endless', (document) => JSON.stringify(document) + ' '.repeat(5000)],
  ])('in a file that %s is refused, and nothing of it is shown', async (_, change) => {
    const { secretKey } = generateKeyPair(Buffer.alloc(32, 1));
    const error = await readKeyFile(await edited(change)).catch((thrown: Error) => thrown);
    expect(error).toMatchObject(invalid);
    expect(String(error)).not.toContain(secretKey.slice(0, 20));
  });

  test('goes by the secret half: a public half that does not belong to it is not believed', async () => {
    const other = generateKeyPair(Buffer.alloc(32, 2));
    const { publicKey, keyId } = other;
    const read = await readKeyFile(await edited((document) => ({ ...document, publicKey, keyId })));
    expect(read.publicKey).toBe(generateKeyPair(Buffer.alloc(32, 1)).publicKey);
  });
});

describe('reading a public key', () => {
  test('takes the text itself, or a .pub file that holds it', async () => {
    const { publicKey, keyId } = await createKeyFile(file());
    expect(await readPublicKey(publicKey)).toEqual({ publicKey, keyId });
    expect(await readPublicKey(file('a.key.pub'))).toEqual({ publicKey, keyId });
    expect(keyId).toBe(keyIdOf(publicKey));
  });

  test.each(['', 'AAAA', 'not a key', 'nothing.pub', `${Buffer.alloc(32).toString('base64')}`])(
    'refuses %j, a key of small order included',
    async (text) => {
      await expect(readPublicKey(text)).rejects.toMatchObject(invalid);
    },
  );

  test('takes either half where only the public one is needed, and has the secret one only from its own file', async () => {
    const { publicKey } = await createKeyFile(file());
    expect(await readAnyKey(publicKey)).not.toHaveProperty('secretKey');
    expect(await readAnyKey(file('a.key.pub'))).not.toHaveProperty('secretKey');
    expect(await readAnyKey(file())).toMatchObject({ publicKey, secretKey: expect.any(String) });
    await chmod(file(), 0o644);
    await expect(readAnyKey(file())).rejects.toMatchObject(invalid);
  });
});
