import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { ENVIRONMENT } from '../testing/sample.ts';
import { counting, countOf, temporaryStore } from '../testing/temporary-store.ts';

const CHILD = path.join(import.meta.dirname, '..', 'testing', 'writer-child.ts');

const children: ChildProcessByStdio<null, Readable, null>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(root: string, mode: 'count' | 'compare' | 'hold', count = 1) {
  const child = spawn(process.execPath, ['--no-warnings', '--conditions=source', CHILD, root, mode, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout }) };
}

/** All lines of a child that ends by itself. */
async function linesOf({ child, lines }: ReturnType<typeof start>): Promise<string[]> {
  const collected: string[] = [];
  lines.on('line', (line) => collected.push(line));
  const [status] = (await once(child, 'close')) as [number | null];
  expect(status).toBe(0);
  return collected;
}

test('of processes that change one environment at once, every change lands, each with a result of its own', async () => {
  const { root, store } = await temporaryStore();
  const results = await Promise.all(Array.from({ length: 4 }, () => linesOf(start(root, 'count', 25))));
  expect(
    results
      .flat()
      .map(Number)
      .sort((a, b) => a - b),
  ).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  const { environment } = await store.read(ENVIRONMENT);
  expect(countOf(environment)).toBe(100);
  expect(environment.generation).toBe(101);
  expect(await store.verifyAudit(ENVIRONMENT)).toMatchObject({ sequence: 101 });
});

test('a reader beside the writers sees only whole generations, and never an older one again', async () => {
  const { root, store } = await temporaryStore();
  const writers = [linesOf(start(root, 'count', 30)), linesOf(start(root, 'count', 30))];
  let running = true;
  const done = Promise.all(writers).finally(() => {
    running = false;
  });
  const seen: number[] = [];
  while (running) {
    const { environment } = await store.read(ENVIRONMENT);
    expect(countOf(environment)).toBe(environment.generation - 1);
    seen.push(environment.generation);
  }
  await done;
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(new Set(seen).size).toBeGreaterThan(3);
});

test('of several processes that saw the same generation exactly one wins, the others get env/stale', async () => {
  const { root } = await temporaryStore();
  const answers = await Promise.all(Array.from({ length: 3 }, () => linesOf(start(root, 'compare', 1))));
  expect(answers.flat().sort()).toEqual(['env/stale', 'env/stale', 'won']);
});

test('a process killed while it holds the lock holds up nobody', async () => {
  const { root, store } = await temporaryStore({ lockTimeoutMs: 2000 });
  const { child, lines } = start(root, 'hold');
  expect(await once(lines, 'line')).toEqual(['held']);
  const waiting = store.mutate(ENVIRONMENT, counting());
  child.kill('SIGKILL');
  expect(await waiting).toMatchObject({ result: { count: 1 } });
});

test('processes killed at any moment lose no acknowledged change and leave nothing half done', async () => {
  const { root, store } = await temporaryStore();
  let acknowledged = 0;
  for (let round = 0; round < 12; round++) {
    const { child, lines } = start(root, 'count', 1000);
    const killAfter = 1 + ((round * 7) % 11);
    let heard = 0;
    lines.on('line', (line) => {
      acknowledged = Math.max(acknowledged, Number(line));
      if (++heard === killAfter) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const { environment } = await store.read(ENVIRONMENT);
    expect(countOf(environment)).toBeGreaterThanOrEqual(acknowledged);
    expect(countOf(environment)).toBeLessThanOrEqual(acknowledged + 1);
    expect((await store.verifyAudit(ENVIRONMENT)).sequence).toBe(environment.generation);
  }
});
