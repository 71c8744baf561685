import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceWhole, writeNew } from './output-file.ts';

let dir: string;
const at = (name: string) => path.join(dir, name);
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gtc-output-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('a new file', () => {
  test('holds what was written', async () => {
    await writeNew(at('new'), 'signed');
    expect(await readFile(at('new'), 'utf8')).toBe('signed');
  });

  test('is never written over one that is there', async () => {
    await writeFile(at('there'), 'signatures');
    await expect(writeNew(at('there'), 'nothing')).rejects.toMatchObject({ code: 'input/invalid' });
    expect(await readFile(at('there'), 'utf8')).toBe('signatures');
  });

  test('in a folder that is not there is refused with its name', async () => {
    const file = path.join(dir, 'none', 'new');
    await expect(writeNew(file, 'x')).rejects.toMatchObject({ message: `${file} cannot be made (ENOENT).` });
  });
});

describe('a file that is replaced', () => {
  test('holds the new text, and leaves nothing beside it', async () => {
    await writeFile(at('file'), 'former');
    await replaceWhole(at('file'), 'next');
    expect(await readFile(at('file'), 'utf8')).toBe('next');
    expect(await readdir(dir)).toEqual(['file']);
  });

  test('that cannot be is as it was, with nothing beside it', async () => {
    await mkdir(at('folder'));
    await expect(replaceWhole(at('folder'), 'next')).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining(at('folder')),
    });
    expect(await readdir(dir)).toEqual(['folder']);
  });
});
