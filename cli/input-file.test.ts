import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInput } from './input-file.ts';
import { Room } from './testing/here.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gtc-input-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

const at = (name: string) => path.join(dir, name);
const options = { what: 'The list', maxBytes: 8 };

async function written(text: string): Promise<string> {
  await writeFile(at('list'), text);
  return at('list');
}

describe('a file named on the command line', () => {
  test.each(['', 'a', '12345678'])('of at most the bytes allowed is read whole: %j', async (text) => {
    expect((await readInput(await written(text), options)).toString()).toBe(text);
  });

  test('with one byte more is refused, and the error names file and limit', async () => {
    const file = await written('123456789');
    await expect(readInput(file, options)).rejects.toMatchObject({
      code: 'input/invalid',
      message: `The list ${file} is larger than 8 bytes.`,
    });
  });

  test.each([
    ['that is not there', 'nothing', 'ENOENT'],
    ['below a file', 'list/nothing', 'ENOTDIR'],
    ['that is a folder', '.', 'EISDIR'],
  ])('%s is refused, and the error says why', async (_, name, reason) => {
    await written('a');
    await expect(readInput(at(name), options)).rejects.toMatchObject({
      code: 'input/invalid',
      message: `The list ${at(name)} cannot be read (${reason}).`,
    });
  });

  test('is refused with the code and the hint of who asks', async () => {
    const asked = { ...options, code: 'trust/key-invalid', hint: 'Make one.' } as const;
    await expect(readInput(at('nothing'), asked)).rejects.toMatchObject({ code: asked.code, hint: asked.hint });
  });
});

describe.skipIf(process.platform === 'win32')('a pipe named on the command line', () => {
  test('is read to its end, however slowly it comes', async () => {
    await promisify(execFile)('mkfifo', [at('pipe')]);
    const writer = spawn('sh', ['-c', 'exec > "$0"; printf 12; printf 34; printf 5678', at('pipe')]);
    expect((await readInput(at('pipe'), options)).toString()).toBe('12345678');
    writer.kill();
  });

  test('without an end is not read to its end', async () => {
    await expect(readInput('/dev/zero', options)).rejects.toMatchObject({ code: 'input/invalid' });
  });
});

/** Every option and argument that names a file which is read as a document; `FILE` stands for it. */
const READERS: readonly [words: string, code: string][] = [
  ['op env create local --trust FILE', 'trust/root-invalid'],
  ['op env create local --trust FILE --owner KEY', 'trust/root-invalid'],
  ['op trust-root init local --trust FILE', 'trust/root-invalid'],
  ['op trust-root policy local FILE', 'input/invalid'],
  ['op trust-root sign FILE --key KEY', 'input/invalid'],
  ['op trust-root import local FILE', 'input/invalid'],
  ['registry mirror FROM TO --trust FILE', 'trust/root-invalid'],
  ['registry sign FILE --key KEY', 'input/invalid'],
  ['registry serve FROM --tls-cert FILE --tls-key FILE', 'input/invalid'],
  ['registry init TO --root-key FILE.pub --targets-key KEY --online-key KEY', 'trust/key-invalid'],
];

describe.skipIf(process.platform === 'win32')('a document without an end', () => {
  test.each(READERS)('%s ends with %s', async (words, code) => {
    await using room = await Room.withEnvironment('local');
    await symlink('/dev/zero', room.file('endless'));
    await symlink('/dev/zero', room.file('endless.pub'));
    await room.json('pack', 'keygen', room.file('key'));
    const places = { FILE: room.file('endless'), KEY: room.file('key'), FROM: room.file('from'), TO: room.file('to') };
    const args = words
      .split(' ')
      .map((word) => word.replace(/^(FILE|KEY|FROM|TO)/, (name) => places[name as keyof typeof places]));
    expect((await room.json(...args)).error).toMatchObject({ code });
  });
});
