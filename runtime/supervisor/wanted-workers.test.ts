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

test.each([
  ['a start less than none', { ...worker, starts: -1 }],
  ['a wish that is none', { ...worker, wanted: 'yes' }],
  ['a customer that is none', { ...worker, spec: { ...worker.spec, customer: 'Acme Inc.' } }],
  ['a revision that leads elsewhere', { ...worker, spec: { ...worker.spec, revision: '../desk.acme.1' } }],
  [
    'a bundle without a digest',
    { ...worker, spec: { ...worker.spec, bundle: { name: 'a.bundle.b', version: '1.0.0' } } },
  ],
  ['a worker that says more', { ...worker, pid: 1 }],
])('a list that has %s is refused whole: no worker of it is adopted', async (_what, broken) => {
  writeFileSync(file, JSON.stringify({ schema: 'greentic.workers/1', workers: [worker, broken] }));
  await expect(new WantedWorkers(file).load()).rejects.toMatchObject({ code: 'env/invalid' });
});

test('a list of 10,000 workers is loaded, and one of more, or of more than 16 MiB, is refused', async () => {
  const listOf = (count: number, rest = '') =>
    `${JSON.stringify({ schema: 'greentic.workers/1', workers: Array.from({ length: count }, () => worker) })}${rest}`;
  writeFileSync(file, listOf(10_000));
  expect(await new WantedWorkers(file).load()).toHaveLength(10_000);
  for (const text of [listOf(10_001), listOf(1, ' '.repeat(16 * 2 ** 20))]) {
    writeFileSync(file, text);
    await expect(new WantedWorkers(file).load()).rejects.toMatchObject({ code: 'env/invalid' });
  }
});

test('what a save that was cut off left behind is neither loaded nor in the way', async () => {
  const list = new WantedWorkers(file);
  await list.save(() => [worker]);
  writeFileSync(`${file}.next`, '{"schema":"greentic.wor');
  expect(await list.load()).toEqual([worker]);
  await list.save(() => []);
  expect(readFileSync(file, 'utf8')).toBe('{"schema":"greentic.workers/1","workers":[]}\n');
});

test('a save takes the list as it is when its turn comes, not as it was when it was asked for', async () => {
  const list = new WantedWorkers(file);
  let starts = 0;
  const first = list.save(() => [{ ...worker, starts }]);
  const second = list.save(() => [{ ...worker, starts }]);
  starts = 7;
  await Promise.all([first, second]);
  expect(await list.load()).toEqual([{ ...worker, starts: 7 }]);
});
