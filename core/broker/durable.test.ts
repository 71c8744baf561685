import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openKv } from './kv.ts';
import { openSeal } from './seal.ts';

const program = path.join(import.meta.dirname, 'durable-writer.fixture.ts');
let dir: string;
let children: ChildProcess[];

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'durable-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(dir, { recursive: true });
});

interface Writer {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function start(task: string, file: string, amount = 0): Writer {
  const child = spawn(process.execPath, [program, task, file, String(amount)], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout as Readable })[Symbol.asyncIterator]() };
}

const nextLine = async ({ lines }: Writer) => String((await lines.next()).value);

describe('several processes over one map', () => {
  test('raise a counter under checks, and no increment is lost', async () => {
    const file = path.join(dir, 'entries.kv');
    const writers = [start('count', file, 60), start('count', file, 60), start('count', file, 60)];
    expect(await Promise.all(writers.map(nextLine))).toEqual(['done', 'done', 'done']);
    const kv = openKv(file, 1e6);
    expect(await kv.get('counter')).toMatchObject({ value: '180', version: 180 });
    kv.close();
  });

  test('kill -9 between and during commits loses nothing that was acknowledged, and leaves no half of a commit', async () => {
    for (const commits of [1, 40, 90]) {
      const file = path.join(dir, `entries-${commits}.kv`);
      const writer = start('fill', file);
      let acknowledged = 0;
      while (acknowledged < commits) acknowledged = Number(await nextLine(writer));
      writer.child.kill('SIGKILL');
      for (let line = await writer.lines.next(); line.done !== true; line = await writer.lines.next()) {
        acknowledged = Number(line.value);
      }
      const kv = openKv(file, 1e9);
      const sides = await Promise.all(['left/', 'right/'].map((prefix) => kv.list({ prefix, limit: 1000 })));
      kv.close();
      const [left, right] = sides.map((side) =>
        side.map((entry) => Number(entry.key.split('/')[1])).sort((a, b) => a - b),
      );
      expect(left).toEqual(right);
      const expected = Array.from({ length: acknowledged }, (_, index) => index + 1);
      expect(left?.slice(0, acknowledged)).toEqual(expected);
    }
  });
});

test('processes that make a seal’s key at the same moment agree on one', async () => {
  const file = path.join(dir, 'master.key');
  const writers = Array.from({ length: 4 }, () => start('seal', file));
  expect(await Promise.all(writers.map(nextLine))).toEqual(['waiting', 'waiting', 'waiting', 'waiting']);
  for (const { child } of writers) child.stdin?.write('go');
  const sealed = await Promise.all(writers.map(nextLine));
  const seal = openSeal(file, 'identity');
  for (const each of sealed) expect(await seal.unwrap({ sealed: each, context: 'c' })).toEqual({ plain: 'YQ==' });
  expect(readdirSync(dir)).toEqual(['master.key']);
});

test('a list of more than 4 MiB is refused with limit/message; fewer entries at a time come', async () => {
  const kv = openKv(path.join(dir, 'entries.kv'), 2 ** 30);
  const value = 'x'.repeat(2 ** 20 - 1);
  for (const key of ['a', 'b', 'c', 'd', 'e']) await kv.commit({ writes: [{ key, value }] });
  await expect(kv.list({ prefix: '', limit: 1000 })).rejects.toThrow(
    expect.objectContaining({ code: 'limit/message' }),
  );
  expect(await kv.list({ prefix: '', limit: 4 })).toHaveLength(4);
  // The refused list left nothing open: the map still takes writes.
  await kv.commit({ writes: [{ key: 'f', value: '' }] });
  kv.close();
});
