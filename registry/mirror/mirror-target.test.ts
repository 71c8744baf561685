import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { blobPath } from '../layout/image-layout.ts';
import { openTarget } from './mirror-target.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirror-target-'));
});
afterEach(() => rm(home, { recursive: true }));

const at = (name: string) => join(home, name);
const hello = Buffer.from('hello');

describe.each(['mirror', 'mirror.tar', 'deep/in/mirror.tar'])('a mirror in %s', (name) => {
  test('takes each blob once', async () => {
    const target = openTarget(at(name));
    expect(await target.blob(hello)).toBe(true);
    expect(await target.blob(Buffer.from('hello'))).toBe(false);
    expect(await target.blob(Buffer.from('other'))).toBe(true);
    await target.abandon();
  });
});

describe('a mirror in one tar', () => {
  test('is nothing at its path until it is finished, and nothing beside it afterwards', async () => {
    const target = openTarget(at('mirror.tar'));
    await target.blob(hello);
    expect((await readdir(home)).filter((name) => name === 'mirror.tar')).toEqual([]);
    await target.index('timestamp.json', hello);
    await target.finish(new Map());
    expect(await readdir(home)).toEqual(['mirror.tar']);
  });

  test('that is abandoned leaves the former one as it was, and nothing of its own', async () => {
    await writeFile(at('mirror.tar'), 'former');
    const target = openTarget(at('mirror.tar'));
    await target.blob(hello);
    await target.abandon();
    expect(await readdir(home)).toEqual(['mirror.tar']);
    expect(await readFile(at('mirror.tar'), 'utf8')).toBe('former');
  });

  test('can be abandoned before it was begun', async () => {
    await openTarget(at('mirror.tar')).abandon();
    expect(await readdir(home)).toEqual([]);
  });

  test('takes the place of the former one in one step, and knows nothing of it: it is written whole', async () => {
    for (const content of ['former', 'hello']) {
      const target = openTarget(at('mirror.tar'));
      expect(await target.timestamp()).toBeUndefined();
      await target.index('timestamp.json', Buffer.from(content));
      await target.finish(new Map());
    }
    const tar = await readFile(at('mirror.tar'), 'latin1');
    expect(tar).toContain('hello');
    expect(tar).not.toContain('former');
  });
});

describe('a mirror in a folder', () => {
  test('keeps what it has, and writes a damaged blob anew', async () => {
    await openTarget(at('mirror')).blob(hello);
    expect(await openTarget(at('mirror')).blob(hello)).toBe(false);
    for (const damaged of ['hullo', '', 'hello and more']) {
      await writeFile(blobPath(at('mirror'), digestOf(hello)), damaged);
      expect(await openTarget(at('mirror')).blob(hello)).toBe(true);
      expect(await readFile(blobPath(at('mirror'), digestOf(hello)))).toEqual(hello);
    }
  });

  test('knows the timestamp that is there, and refuses one that is larger than any', async () => {
    const target = openTarget(at('mirror'));
    expect(await target.timestamp()).toBeUndefined();
    await target.index('timestamp.json', hello);
    expect(await target.timestamp()).toEqual(hello);
    await target.index('timestamp.json', Buffer.alloc(2 ** 20));
    await expect(target.timestamp()).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('that is abandoned keeps what came: each blob is whole, and nothing names it yet', async () => {
    const target = openTarget(at('mirror'));
    await target.blob(hello);
    await target.abandon();
    expect(await readdir(at('mirror'))).toEqual(['blobs']);
  });
});
