import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TarArchive } from './tar-archive.ts';
import { encodeEnd, encodeFile, encodeHeader, padded, paxRecord } from './tar-header.ts';

let home = '';
let path = '';
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tar-'));
  path = join(home, 'a.tar');
});
afterEach(() => rm(home, { recursive: true, force: true }));

const LONG = `tuf/targets/acme/${'0'.repeat(64)}.${'long-name-'.repeat(8)}.json`;

const name = fc
  .array(fc.stringMatching(/^[a-z0-9][a-z0-9._+-]{0,60}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));

async function contentOf(archive: TarArchive): Promise<Record<string, string>> {
  const read = async (file: string): Promise<[string, string]> => [
    file,
    Buffer.from((await archive.read(file, 2 ** 20, 'index/invalid')) ?? []).toString('hex'),
  ];
  return Object.fromEntries(await Promise.all(archive.names.map(read)));
}

describe('a tar', () => {
  test('gives back what was put in, whatever its names and sizes', async () => {
    const files = fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), {
      selector: ([file]) => file.toLowerCase(),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(files, async (content) => {
        await writeFile(path, Buffer.concat([...content.map(([file, bytes]) => encodeFile(file, bytes)), encodeEnd()]));
        const expected = content.map(([file, bytes]) => [file, Buffer.from(bytes).toString('hex')]);
        expect(await contentOf(await TarArchive.open(path))).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 60 },
    );
  });

  test.each(['gnu', 'pax', 'ustar'])('that GNU tar wrote as %s reads the same', async (format) => {
    const content: Record<string, string> = { 'a.json': 'one', 'tuf/timestamp.json': 'two' };
    if (format !== 'ustar') content[LONG] = 'three';
    const folder = join(home, 'folder');
    for (const [file, text] of Object.entries(content)) {
      await mkdir(join(folder, file, '..'), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    execFileSync('tar', ['--create', `--format=${format}`, '--file', path, '--directory', folder, '.']);
    const hex = Object.entries(content).map(([file, text]) => [file, Buffer.from(text).toString('hex')]);
    expect(await contentOf(await TarArchive.open(path))).toEqual(Object.fromEntries(hex));
  });

  /** An extended header that says when an entry was made, and nothing of its name. */
  const timed = () => {
    const record = Buffer.from(paxRecord('mtime', '1.5'));
    return Buffer.concat([encodeHeader('PaxHeaders/a', 'x', record.byteLength), padded(record)]);
  };

  test('whose extended header gives no name has the entry under its own', async () => {
    await writeFile(path, Buffer.concat([timed(), encodeFile('a', Buffer.from('x')), encodeEnd()]));
    expect(await contentOf(await TarArchive.open(path))).toEqual({ a: Buffer.from('x').toString('hex') });
  });

  test.each([
    ['two of them before one entry', [timed(), timed(), encodeFile('a', Buffer.from('x'))]],
    ['one before no entry', [encodeFile('a', Buffer.from('x')), timed()]],
  ])('with %s is refused, though neither gives a name', async (_, parts) => {
    await writeFile(path, Buffer.concat([...parts, encodeEnd()]));
    await expect(TarArchive.open(path)).rejects.toMatchObject({ code: 'registry/archive-invalid' });
  });

  test('that we wrote is one GNU tar lists', async () => {
    await writeFile(
      path,
      Buffer.concat([encodeFile('a', Buffer.from('x')), encodeFile(LONG, Buffer.from('y')), encodeEnd()]),
    );
    expect(execFileSync('tar', ['--list', '--file', path]).toString().trim().split('\n')).toEqual(['a', LONG]);
  });

  test('any byte of a header changed is refused, or changes nothing that is read', async () => {
    const whole = Buffer.concat([
      encodeFile('a', Buffer.from('one')),
      encodeFile('b', Buffer.from('two')),
      encodeEnd(),
    ]);
    await writeFile(path, whole);
    const before = await contentOf(await TarArchive.open(path));
    await fc.assert(
      fc.asyncProperty(fc.nat(511), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ flip;
        await writeFile(path, changed);
        const after = await TarArchive.open(path).then(contentOf, (error: { code: string }) => error.code);
        if (after !== 'registry/archive-invalid') expect(after).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  test('a file larger than asked for is refused with the code given, one that is not there is undefined', async () => {
    await writeFile(path, Buffer.concat([encodeFile('a', Buffer.from('one')), encodeEnd()]));
    const archive = await TarArchive.open(path);
    expect(await archive.read('b', 10, 'index/invalid')).toBeUndefined();
    expect(await archive.read('a', 3, 'index/invalid')).toHaveLength(3);
    await expect(archive.read('a', 2, 'blob/size-mismatch')).rejects.toMatchObject({ code: 'blob/size-mismatch' });
  });

  test('cut off after it was opened is refused with registry/archive-invalid', async () => {
    await writeFile(path, Buffer.concat([encodeFile('a', Buffer.from('one')), encodeEnd()]));
    const archive = await TarArchive.open(path);
    await truncate(path, 513);
    await expect(archive.read('a', 9, 'index/invalid')).rejects.toMatchObject({ code: 'registry/archive-invalid' });
  });

  test('that is missing, a folder or a pipe is refused with registry/unreachable, not waited for', async () => {
    execFileSync('mkfifo', [path]);
    for (const place of [path, home, join(home, 'none')])
      await expect(TarArchive.open(place)).rejects.toMatchObject({ code: 'registry/unreachable' });
  });
});
