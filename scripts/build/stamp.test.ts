import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hashInputs, isFresh, recordStamp, writeAtomic } from './stamp.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'stamp-'));
  writeFileSync(path.join(root, 'in.ts'), 'one');
  writeFileSync(path.join(root, 'out.js'), 'built');
  recordStamp(root, 'core:child', 'settings', { inputs: ['in.ts'], outputs: ['out.js'] });
});
afterEach(() => rmSync(root, { recursive: true }));

test('a step with the same inputs, settings and outputs is fresh', () => {
  expect(isFresh(root, 'core:child', 'settings')).toBe(true);
});

test('a step nobody recorded is not fresh', () => {
  expect(isFresh(root, 'core', 'settings')).toBe(false);
});

test('a changed input makes the step run again', () => {
  writeFileSync(path.join(root, 'in.ts'), 'two');
  expect(isFresh(root, 'core:child', 'settings')).toBe(false);
});

test('a deleted input makes the step run again', () => {
  rmSync(path.join(root, 'in.ts'));
  expect(isFresh(root, 'core:child', 'settings')).toBe(false);
});

test('a deleted output makes the step run again', () => {
  rmSync(path.join(root, 'out.js'));
  expect(isFresh(root, 'core:child', 'settings')).toBe(false);
});

test('other settings make the step run again', () => {
  expect(isFresh(root, 'core:child', 'others')).toBe(false);
});

test('a torn stamp counts as none', () => {
  writeFileSync(path.join(root, '.cache', 'build', 'core-child.json'), '{"hash":"');
  expect(isFresh(root, 'core:child', 'settings')).toBe(false);
});

test('bytes that move from one input to the next change the hash', () => {
  writeFileSync(path.join(root, 'a'), 'xy');
  writeFileSync(path.join(root, 'b'), 'z');
  const before = hashInputs(root, '', ['a', 'b']);
  writeFileSync(path.join(root, 'a'), 'x');
  writeFileSync(path.join(root, 'b'), 'yz');
  expect(hashInputs(root, '', ['a', 'b'])).not.toBe(before);
});

test('what a step wrote before, and does not write any more, is deleted', () => {
  writeFileSync(path.join(root, 'new.js'), 'built');
  recordStamp(root, 'core:child', 'settings', { inputs: ['in.ts'], outputs: ['new.js'] });
  expect(existsSync(path.join(root, 'out.js'))).toBe(false);
  expect(existsSync(path.join(root, 'new.js'))).toBe(true);
});

test('an atomic write replaces the file and leaves nothing beside it', () => {
  writeAtomic(path.join(root, 'folder', 'a.js'), 'old');
  writeAtomic(path.join(root, 'folder', 'a.js'), 'new');
  expect(readFileSync(path.join(root, 'folder', 'a.js'), 'utf8')).toBe('new');
  expect(readdirSync(path.join(root, 'folder'))).toEqual(['a.js']);
});
