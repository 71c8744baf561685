import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
  program('apt-get', 'echo "$*" >> installs');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Puts a program before all others of its name. */
function program(name: string, text: string): void {
  writeFileSync(path.join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
  chmodSync(path.join(root, 'bin', name), 0o755);
}

/** Runs `.ci/run` with an npm that notes its arguments and then does as told, and with the programs of a path. */
function run(
  npm: string,
  programs = process.env['PATH'],
): { status: number | null; last: string | undefined; calls: string[] } {
  program('npm', `echo "$*" >> calls\n${npm}`);
  const env = { PATH: [path.join(root, 'bin'), programs].join(path.delimiter) };
  const { status, stdout } = spawnSync('/bin/bash', ['.ci/run'], { cwd: root, env, encoding: 'utf8' });
  return { status, last: stdout.trimEnd().split('\n').at(-1), calls: linesOf('calls') };
}

function linesOf(file: string): string[] {
  const at = path.join(root, file);
  return existsSync(at) ? readFileSync(at, 'utf8').trimEnd().split('\n') : [];
}

/** A folder with the few programs the script itself needs, and none that tests need. */
function bareMachine(): string {
  const folder = path.join(root, 'bare');
  mkdirSync(folder);
  for (const name of ['rm', 'cat', 'dirname']) symlinkSync(`/bin/${name}`, path.join(folder, name));
  return folder;
}

// The script is for POSIX shells; on Windows CI runs the two npm commands.
describe.skipIf(process.platform === 'win32')('.ci/run', () => {
  test('installs from the lock file, tests, and ends with the tally', () => {
    const npm = 'if [ "$1" = test ]; then echo "7 passed, 0 failed" > .cache/tally; fi';
    expect(run(npm)).toEqual({ status: 0, last: '7 passed, 0 failed', calls: ['ci', 'test'] });
  });

  test('installs every program that tests need and that is missing', () => {
    expect(run('echo "7 passed, 0 failed" > .cache/tally', bareMachine()).status).toBe(0);
    const installed = linesOf('installs').filter((line) => line.startsWith('install'));
    expect(installed.map((line) => line.split(' ').at(-1))).toEqual([
      'docker-registry',
      'skopeo',
      'chromium',
      'openssl',
      'iproute2',
      'util-linux',
    ]);
  });

  test('fails before anything is tested when a program cannot be had: its tests would be skipped', () => {
    program('apt-get', 'exit 1');
    expect(run('exit 0', bareMachine())).toMatchObject({ last: '0 passed, 1 failed', calls: [] });
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
