import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Output } from './output.ts';
import { defaultRoot, environmentName, openSession } from './session.ts';

const root = path.join(tmpdir(), 'environments');
const session = openSession(root, new Output('test', true));

test('environments live in the home folder unless told otherwise', () => {
  expect(defaultRoot()).toBe(path.join(homedir(), '.greentic', 'environments'));
});

test('cache and data of an environment lie inside its folder, apart from each other', () => {
  expect(session.folderOf('local')).toBe(path.join(root, 'local'));
  for (const inside of [session.cacheOf('local'), session.dataOf('local')])
    expect(path.dirname(inside)).toBe(session.folderOf('local'));
  expect(session.cacheOf('local')).not.toBe(session.dataOf('local'));
});

test('a relative root is the one of where the command began', () => {
  const relative = path.relative(process.cwd(), root);
  expect(openSession(relative, new Output('test', true)).folderOf('local')).toBe(session.folderOf('local'));
});

test('the clock is the machine’s, asked anew each time', () => {
  const before = Date.now();
  expect(session.now().getTime()).toBeGreaterThanOrEqual(before);
  expect(session.now()).not.toBe(session.now());
});

test.each(['local', 'prod-eu', 'a'])('%s is a name of an environment', (name) => {
  expect(environmentName(name)).toBe(name);
});

test.each(['', '.', '..', '../local', 'a/b', 'a\\b', '/etc', 'Local', 'local ', 'l\u0000', 'ｌocal', 'x'.repeat(300)])(
  '%j is none, and never becomes a path',
  (name) => {
    expect(() => environmentName(name)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  },
);
