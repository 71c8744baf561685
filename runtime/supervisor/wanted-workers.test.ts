import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleBundle } from '../testing/sample-bundle.ts';
import { WantedWorkers } from './wanted-workers.ts';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-list-'));
  file = path.join(root, 'workers.json');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const worker = { spec: sampleBundle('').spec(), wanted: true, starts: 3 };

test('a saved list is loaded as it was, and a missing one is empty', async () => {
  const list = new WantedWorkers(file);
  expect(await list.load()).toEqual([]);
  await list.save(() => [worker]);
  expect(await new WantedWorkers(file).load()).toEqual([worker]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(existsSync(`${file}.next`)).toBe(false);
});

test('saves come one after the other, and the last one wins', async () => {
  const list = new WantedWorkers(file);
  await Promise.all(Array.from({ length: 20 }, (_, starts) => list.save(() => [{ ...worker, starts }])));
  expect(await list.load()).toEqual([{ ...worker, starts: 19 }]);
});

test('a save that fails is told to who asked, and the next one is tried', async () => {
  const list = new WantedWorkers(path.join(root, 'missing', 'workers.json'));
  await expect(list.save(() => [])).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(list.save(() => [])).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each([
  ['not JSON', '{'],
  ['another schema', '{"schema":"greentic.workers/2","workers":[]}'],
  ['an unknown field', '{"schema":"greentic.workers/1","workers":[],"more":1}'],
  ['a worker that is none', '{"schema":"greentic.workers/1","workers":[{"spec":{},"wanted":true,"starts":0}]}'],
])('a list with %s is refused with env/invalid and left as it is', async (_what, text) => {
  writeFileSync(file, text);
  await expect(new WantedWorkers(file).load()).rejects.toMatchObject({ code: 'env/invalid' });
  expect(readFileSync(file, 'utf8')).toBe(text);
});
