import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'run-'));
  mkdirSync(path.join(root, '.ci'));
  mkdirSync(path.join(root, '.cache'));
  mkdirSync(path.join(root, 'bin'));
  copyFileSync(path.join(import.meta.dirname, '..', '.ci', 'run'), path.join(root, '.ci', 'run'));
  program('apt-get', 'echo "$*" >> installs; exit 1');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Puts a program before all others of its name. */
function program(name: string, text: string): void {
  writeFileSync(path.join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(path.join(root, 'bin', name), 0o755);
}

/** Runs `.ci/run` with an npm that notes its arguments and then does as told. */
function run(npm: string): { status: number | null; last: string | undefined; calls: string[] } {
  program('npm', `echo "$*" >> calls\n${npm}`);
  const env = { PATH: `${path.join(root, 'bin')}${path.delimiter}${process.env['PATH']}` };
  const { status, stdout } = spawnSync('bash', ['.ci/run'], { cwd: root, env, encoding: 'utf8' });
  const calls = readFileSync(path.join(root, 'calls'), 'utf8').trimEnd().split('\n');
  return { status, last: stdout.trimEnd().split('\n').at(-1), calls };
}

// The script is for POSIX shells; on Windows CI runs the two npm commands.
describe.skipIf(process.platform === 'win32')('.ci/run', () => {
  test('installs from the lock file, tests, and ends with the tally', () => {
    const npm = 'if [ "$1" = test ]; then echo "7 passed, 0 failed" > .cache/tally; fi';
    expect(run(npm)).toEqual({ status: 0, last: '7 passed, 0 failed', calls: ['ci', 'test'] });
  });

  test('failed tests are in the last line and in the status', () => {
    const npm = 'if [ "$1" = test ]; then echo "7 passed, 2 failed" > .cache/tally; exit 1; fi';
    expect(run(npm)).toEqual({ status: 1, last: '7 passed, 2 failed', calls: ['ci', 'test'] });
  });

  test('an installation that fails ends the run as one failure', () => {
    expect(run('exit 3')).toEqual({ status: 3, last: '0 passed, 1 failed', calls: ['ci'] });
  });

  test('a check that fails before the tests is one failure, and an old tally does not hide it', () => {
    writeFileSync(path.join(root, '.cache', 'tally'), '7 passed, 0 failed\n');
    const outcome = run('if [ "$1" = test ]; then exit 2; fi');
    expect(outcome).toEqual({ status: 2, last: '0 passed, 1 failed', calls: ['ci', 'test'] });
  });

  test('a run that breaks after passing tests has failed', () => {
    const npm = 'if [ "$1" = test ]; then echo "7 passed, 0 failed" > .cache/tally; exit 1; fi';
    expect(run(npm)).toEqual({ status: 1, last: '7 passed, 1 failed', calls: ['ci', 'test'] });
  });
});
