import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  assertOurs,
  assertSocketPath,
  clearWorkerSockets,
  openRunFolder,
  runFolder,
  workerSocket,
} from './run-folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-run-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const refused = expect.objectContaining({ code: 'runtime/socket-folder' });

test('the folder depends on the environment’s folder alone, and is short enough for any revision', () => {
  expect(runFolder('/srv/a/')).toBe(runFolder('/srv/a'));
  expect(runFolder('/srv/a')).not.toBe(runFolder('/srv/b'));
  const socket = workerSocket(runFolder('/srv/a'), `${'b'.repeat(40)}.${'c'.repeat(40)}.9999999999`);
  expect(Buffer.byteLength(`${socket}.new`)).toBeLessThan(104);
});

test('a revision has one socket path for good', () => {
  expect(workerSocket('/run/x', 'desk.acme.1')).toBe(workerSocket('/run/x', 'desk.acme.1'));
  expect(workerSocket('/run/x', 'desk.acme.1')).not.toBe(workerSocket('/run/x', 'desk.acme.11'));
});

test('a path too long for a socket is refused with runtime/socket-folder', () => {
  expect(assertSocketPath(`/${'a'.repeat(102)}`)).toHaveLength(103);
  expect(() => assertSocketPath(`/${'a'.repeat(103)}`)).toThrow(refused);
  expect(() => workerSocket(`/${'a'.repeat(90)}`, 'desk.acme.1')).toThrow(refused);
});

test('the folder is made for its owner alone, and may be opened again', async () => {
  const folder = path.join(root, 'gtc-1', 'abc');
  await openRunFolder(folder);
  await openRunFolder(folder);
  for (const each of [folder, path.dirname(folder)]) expect(lstatSync(each).mode & 0o777).toBe(0o700);
});

test('a folder that others may enter, a file, or a link is refused with runtime/socket-folder', async () => {
  const open = path.join(root, 'open');
  mkdirSync(path.join(open, 'abc'), { recursive: true, mode: 0o700 });
  chmodSync(open, 0o755);
  await expect(openRunFolder(path.join(open, 'abc'))).rejects.toThrow(refused);

  const linked = path.join(root, 'linked');
  mkdirSync(path.join(root, 'target'), { mode: 0o700 });
  symlinkSync(path.join(root, 'target'), linked);
  await expect(openRunFolder(path.join(linked, 'abc'))).rejects.toThrow(refused);

  const file = path.join(root, 'plain');
  writeFileSync(file, '');
  await expect(openRunFolder(path.join(file, 'abc'))).rejects.toThrow();
});

// Only the superuser can give a folder away.
test.runIf(process.getuid?.() === 0)('a folder of somebody else is refused with runtime/socket-folder', async () => {
  const folder = path.join(root, 'theirs', 'abc');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(path.dirname(folder), 0o700);
  chownSync(path.dirname(folder), 65_534, 65_534);
  await expect(openRunFolder(folder)).rejects.toThrow(/belongs to another user/);
});

test('what earlier workers left behind is removed, proven or not, and nothing else', async () => {
  const left = ['w-0123456789ab.sock', 'w-0123456789ab.sock.new', 'control.sock', 'w.sock', 'note'];
  for (const name of left) writeFileSync(path.join(root, name), '');
  await clearWorkerSockets(root);
  expect(readdirSync(root).sort()).toEqual(['control.sock', 'note', 'w.sock']);
  await expect(clearWorkerSockets(path.join(root, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test.each([
  [0o710, 'is open to other users'],
  [0o701, 'is open to other users'],
  [0o720, 'is open to other users'],
])('a folder of mode %o %s', async (mode, why) => {
  const folder = path.join(root, 'folder');
  mkdirSync(folder);
  chmodSync(folder, mode);
  await expect(assertOurs(folder)).rejects.toThrow(why);
  chmodSync(folder, 0o700);
  await expect(assertOurs(folder)).resolves.toBeUndefined();
});

test('a file of ours where the folder should be is refused as what it is', async () => {
  const file = path.join(root, 'file');
  writeFileSync(file, '', { mode: 0o600 });
  await expect(assertOurs(file)).rejects.toThrow(/is not a folder/);
});

test('a folder that is not there is told as missing, not as somebody else’s', async () => {
  await expect(assertOurs(path.join(root, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a folder that others can enter is never made ours by opening it', async () => {
  const folder = path.join(root, 'gtc', 'abc');
  await openRunFolder(folder);
  chmodSync(folder, 0o777);
  await expect(openRunFolder(folder)).rejects.toThrow(refused);
  expect(lstatSync(folder).mode & 0o777).toBe(0o777);
});
