import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBounded } from './bounded-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bounded-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('readBounded', () => {
  test('gives the whole file up to the limit, and refuses one byte more', async () => {
    const file = join(root, 'file');
    writeFileSync(file, 'abc');
    expect(Buffer.from((await readBounded(file, 3, 'index/invalid')) ?? []).toString()).toBe('abc');
    await expect(readBounded(file, 2, 'index/invalid')).rejects.toMatchObject({ code: 'index/invalid' });
  });

  test('a missing file is undefined, a folder is refused', async () => {
    expect(await readBounded(join(root, 'missing'), 3, 'index/invalid')).toBeUndefined();
    mkdirSync(join(root, 'folder'));
    await expect(readBounded(join(root, 'folder'), 3, 'index/invalid')).rejects.toMatchObject({
      code: 'registry/unreachable',
    });
  });

  test.skipIf(process.platform === 'win32')(
    'a pipe that a registry put in place of a file is refused, not waited for',
    async () => {
      const pipe = join(root, 'timestamp.json');
      execFileSync('mkfifo', [pipe]);
      await expect(readBounded(pipe, 3, 'index/invalid')).rejects.toMatchObject({ code: 'registry/unreachable' });
    },
  );
});
