import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireServeLock } from './serve-lock.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-lock-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const taken = expect.objectContaining({ code: 'runtime/already-running' });

test('one serves an environment at a time; the next may once it is released', () => {
  const first = acquireServeLock(root);
  expect(() => acquireServeLock(root)).toThrow(taken);
  first.release();
  acquireServeLock(root).release();
});

test('a process that is killed with SIGKILL holds the lock until then, and no longer', async () => {
  const source = JSON.stringify(path.join(import.meta.dirname, 'serve-lock.ts'));
  const program = `import { acquireServeLock } from ${source}; acquireServeLock(process.argv[1]); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--conditions=source', '--input-type=module', '--eval', program, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(() => acquireServeLock(root)).toThrow(taken);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  acquireServeLock(root).release();
});

test('a folder that does not exist is not taken for one that is served', () => {
  expect(() => acquireServeLock(path.join(root, 'missing'))).toThrow(
    expect.not.objectContaining({ code: 'runtime/already-running' }),
  );
});
