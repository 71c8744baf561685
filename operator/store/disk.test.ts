import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryRoot } from '../testing/temporary-store.ts';
import { nodeDisk } from './disk.ts';

const text = async (slice: ReturnType<typeof nodeDisk.read>) => (await slice)?.bytes.toString();

describe('reading', () => {
  test('gives a slice from the start or the end, never more than asked, and the size of the whole', async () => {
    const file = path.join(await temporaryRoot(), 'file');
    await writeFile(file, '0123456789');
    expect(await nodeDisk.read(file, { maxBytes: 4 })).toEqual({ bytes: Buffer.from('0123'), start: 0, size: 10 });
    expect(await nodeDisk.read(file, { start: -3, maxBytes: 9 })).toEqual({
      bytes: Buffer.from('789'),
      start: 7,
      size: 10,
    });
    expect(await text(nodeDisk.read(file, { start: -99, maxBytes: 2 }))).toBe('01');
    expect(await text(nodeDisk.read(file, { start: 99, maxBytes: 2 }))).toBe('');
  });

  test('of what does not exist is undefined, of what cannot be read env/unwritable', async () => {
    const root = await temporaryRoot();
    expect(await nodeDisk.read(path.join(root, 'absent'), { maxBytes: 1 })).toBeUndefined();
    expect(await nodeDisk.list(path.join(root, 'absent'))).toBeUndefined();
    await expect(nodeDisk.read(root, { maxBytes: 1 })).rejects.toMatchObject({ code: 'env/unwritable' });
    await writeFile(path.join(root, 'file'), '');
    await expect(nodeDisk.list(path.join(root, 'file'))).rejects.toMatchObject({ code: 'env/unwritable' });
  });
});

describe('writing', () => {
  test('replaces, adds to, cuts, renames and removes', async () => {
    const root = await temporaryRoot();
    const [a, b] = [path.join(root, 'a'), path.join(root, 'b')];
    await nodeDisk.write(a, Buffer.from('longer before'));
    await nodeDisk.write(a, Buffer.from('one'));
    await nodeDisk.append(a, Buffer.from(' two'));
    expect(await readFile(a, 'utf8')).toBe('one two');
    await nodeDisk.truncate(a, 3);
    await nodeDisk.rename(a, b);
    await nodeDisk.syncFolder(root);
    expect(await readFile(b, 'utf8')).toBe('one');
    await mkdir(path.join(root, 'c'));
    expect(await nodeDisk.list(root)).toEqual([
      { name: 'b', folder: false },
      { name: 'c', folder: true },
    ]);
    await nodeDisk.remove(b);
    await nodeDisk.remove(b);
    expect(await nodeDisk.read(b, { maxBytes: 1 })).toBeUndefined();
  });

  test.skipIf(process.platform === 'win32')('makes files and folders only their owner can open', async () => {
    const root = await temporaryRoot();
    await nodeDisk.makeFolder(path.join(root, 'one', 'two'));
    await nodeDisk.append(path.join(root, 'one', 'file'), Buffer.from('x'));
    const mode = async (name: string) => (await stat(path.join(root, name))).mode & 0o777;
    expect([await mode('one'), await mode('one/two'), await mode('one/file')]).toEqual([0o700, 0o700, 0o600]);
  });

  test('into a folder that does not exist is refused with env/unwritable', async () => {
    const file = path.join(await temporaryRoot(), 'absent', 'file');
    await expect(nodeDisk.write(file, Buffer.from('x'))).rejects.toMatchObject({ code: 'env/unwritable' });
  });
});
