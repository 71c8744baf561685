import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBounded } from './bounded-file.ts';
import { writeDurable } from './durable-file.ts';
import { withFolderLock } from './folder-lock.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A process that holds the folder's lock until it is killed. */
async function holder(): Promise<ChildProcess> {
  const script = `
    import { withFolderLock } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
    await withFolderLock(process.argv[1], () => new Promise(() => { console.log('held'); setInterval(() => {}, 1000); }));`;
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no output');
  await once(child.stdout, 'data');
  return child;
}

describe('the folder lock', () => {
  test('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFolderLock(folder, work)));
    expect(most).toBe(1);
  });

  test('is free again after the work failed, and gives its error', async () => {
    await expect(withFolderLock(folder, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await expect(withFolderLock(folder, async () => 1)).resolves.toBe(1);
  });

  test('held by another process is refused with registry/busy, and free at once when that process is killed', async () => {
    const child = await holder();
    try {
      await expect(withFolderLock(folder, async () => 1, { timeoutMs: 50 })).rejects.toMatchObject({
        code: 'registry/busy',
      });
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await expect(withFolderLock(folder, async () => 1, { timeoutMs: 50 })).resolves.toBe(1);
  });
});

describe('a durable file', () => {
  test('replaces the old content whole, makes its folder, and leaves nothing else behind', async () => {
    const path = join(folder, 'deep', 'file');
    await writeDurable(path, Buffer.from('old'));
    await writeDurable(path, Buffer.from('new'));
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(join(folder, 'deep'))).toEqual(['file']);
  });

  test('that cannot be put in its place leaves nothing behind', async () => {
    await writeDurable(join(folder, 'taken', 'inside'), Buffer.from('x'));
    await expect(writeDurable(join(folder, 'taken'), Buffer.from('x'))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('a bounded file', () => {
  test('of exactly the limit is read, one byte more is refused with the code given', async () => {
    const path = join(folder, 'file');
    await writeFile(path, 'abcd');
    expect(Buffer.from((await readBounded(path, 4, 'index/invalid')) ?? []).toString()).toBe('abcd');
    await expect(readBounded(path, 3, 'index/invalid')).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('that is empty is empty, one that is not there is undefined, and a folder is refused with registry/unreachable', async () => {
    await writeFile(join(folder, 'empty'), '');
    expect((await readBounded(join(folder, 'empty'), 4, 'index/invalid'))?.byteLength).toBe(0);
    expect(await readBounded(join(folder, 'none'), 4, 'index/invalid')).toBeUndefined();
    expect(await readBounded(join(folder, 'empty', 'below'), 4, 'index/invalid')).toBeUndefined();
    await expect(readBounded(folder, 4, 'index/invalid')).rejects.toMatchObject({ code: 'registry/unreachable' });
  });
});
