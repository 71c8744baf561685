import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bundle, missingEntries } from './bundle.ts';
import { TARGETS, type Target } from './target.ts';

let root = '';
const target: Target = { name: 'core', workspace: 'core', entries: { index: 'index.ts' }, options: {} };
const output = (): string => path.join(root, 'core', 'dist', 'index.js');

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'bundle-'));
  write(
    'core/index.ts',
    "import { z } from 'zod';\nimport { two } from './two.ts';\nexport const sum = z.parse(two);\n",
  );
  write('core/two.ts', 'export const two: number = 2;\n');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('bundle', () => {
  test('our files become one, packages stay imports', async () => {
    expect(await bundle(root, target)).toBe('built');
    const text = readFileSync(output(), 'utf8');
    expect(text).toMatch(/from "zod"/);
    expect(text).not.toMatch(/two\.ts";/);
  });

  test('what is fresh is not written again', async () => {
    await bundle(root, target);
    const before = statSync(output()).mtimeMs;
    expect(await bundle(root, target)).toBe('fresh');
    expect(statSync(output()).mtimeMs).toBe(before);
  });

  test('a change in a file that an entry only reaches is seen', async () => {
    await bundle(root, target);
    write('core/two.ts', 'export const two: number = 22;\n');
    expect(await bundle(root, target)).toBe('built');
    expect(readFileSync(output(), 'utf8')).toContain('22');
  });

  test('a missing entry is named and nothing is written', async () => {
    rmSync(path.join(root, 'core', 'index.ts'));
    expect(await bundle(root, target)).toBe('missing');
    expect(missingEntries(root, target)).toEqual([path.join('core', 'index.ts')]);
    expect(existsSync(output())).toBe(false);
  });

  test('a file that does not build leaves the last good output, and is tried again', async () => {
    await bundle(root, target);
    const before = readFileSync(output(), 'utf8');
    write('core/two.ts', 'export const = 2;\n');
    await expect(bundle(root, target)).rejects.toThrow(/core\/two\.ts/);
    expect(readFileSync(output(), 'utf8')).toBe(before);
    await expect(bundle(root, target)).rejects.toThrow(/core\/two\.ts/);
  });
});

describe('the table of targets', () => {
  test('no two targets share a name or write the same file', () => {
    const files = TARGETS.flatMap(({ workspace, entries }) =>
      Object.keys(entries).map((name) => `${workspace}/${name}`),
    );
    expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
    expect(new Set(files).size).toBe(files.length);
  });

  test('the world inside the isolate imports nothing', async () => {
    const prelude = TARGETS.find(({ name }) => name === 'guest:prelude');
    if (prelude === undefined) throw new Error('The table has no prelude.');
    write(
      'guest/prelude/index.ts',
      "import { two } from '../../core/two.ts';\nglobalThis.setTimeout = two as never;\n",
    );
    expect(await bundle(root, prelude)).toBe('built');
    const text = readFileSync(path.join(root, 'guest', 'dist', 'prelude.js'), 'utf8');
    expect(text).toMatch(/^(?:"use strict";)?\(\(\)=>\{/);
    expect(text).not.toMatch(/\b(?:import|require|export)\b/);
  });
});
