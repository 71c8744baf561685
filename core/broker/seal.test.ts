import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSeal } from './seal.ts';

const broken = expect.objectContaining({ code: 'secret/integrity' });
const plain = Buffer.from('a data key').toString('base64');

let dir: string;
const file = () => path.join(dir, 'pack', 'master.key');

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'seal-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

describe('seal', () => {
  test('opens what it sealed, also after a restart', async () => {
    const { sealed } = await openSeal(file(), 'env/pack/master').wrap({ plain, context: 'c' });
    expect(await openSeal(file(), 'env/pack/master').unwrap({ sealed, context: 'c' })).toEqual({ plain });
  });

  test('sealing twice gives different bytes, none of them the plain ones', async () => {
    const seal = openSeal(file(), 'i');
    const [a, b] = [await seal.wrap({ plain, context: 'c' }), await seal.wrap({ plain, context: 'c' })];
    expect(a.sealed).not.toBe(b.sealed);
    expect(Buffer.from(a.sealed, 'base64').includes(Buffer.from('a data key'))).toBe(false);
  });

  test('another context, identity or key does not open it', async () => {
    const { sealed } = await openSeal(file(), 'i').wrap({ plain, context: 'c' });
    await expect(openSeal(file(), 'i').unwrap({ sealed, context: 'd' })).rejects.toThrow(broken);
    await expect(openSeal(file(), 'j').unwrap({ sealed, context: 'c' })).rejects.toThrow(broken);
    const elsewhere = openSeal(path.join(dir, 'other', 'master.key'), 'i');
    await expect(elsewhere.unwrap({ sealed, context: 'c' })).rejects.toThrow(broken);
  });

  test('no flipped bit opens, nor does anything cut short', async () => {
    const seal = openSeal(file(), 'i');
    const bytes = Buffer.from((await seal.wrap({ plain, context: 'c' })).sealed, 'base64');
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (flipped[i] ?? 0) ^ 1;
      await expect(seal.unwrap({ sealed: flipped.toString('base64'), context: 'c' })).rejects.toThrow(broken);
      const cut = bytes.subarray(0, i).toString('base64');
      await expect(seal.unwrap({ sealed: cut, context: 'c' })).rejects.toThrow(broken);
    }
  });

  test('the key is 32 bytes of its own for each file, with mode 0600', () => {
    openSeal(file(), 'i');
    openSeal(path.join(dir, 'other', 'master.key'), 'i');
    const [one, two] = [readFileSync(file()), readFileSync(path.join(dir, 'other', 'master.key'))];
    expect(one).toHaveLength(32);
    expect(one.equals(two)).toBe(false);
    expect(readdirSync(path.dirname(file()))).toEqual(['master.key']);
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.platform === 'win32')('a key file that others may read is refused', () => {
    openSeal(file(), 'i');
    chmodSync(file(), 0o640);
    expect(() => openSeal(file(), 'i')).toThrow(broken);
  });

  test('a key file of another size is refused', () => {
    openSeal(file(), 'i');
    writeFileSync(file(), 'short');
    expect(() => openSeal(file(), 'i')).toThrow(broken);
  });
});
