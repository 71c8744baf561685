import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockedDigest, packageOf } from './npm-package.ts';
import { nameSource } from './source-name.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'packages-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

const ARCHIVE = Buffer.alloc(64, 7);
const integrity = `sha512-${ARCHIVE.toString('base64')}`;
const described = { name: 'kit', version: '1.2.3' };
const inKit = 'node_modules/kit/package.json';
const kit = () => packageOf(join(root, 'node_modules', 'kit', 'lib', 'a.js'));

describe('the package of a file', () => {
  test('is the nearest above it that has a name: a nested description without one only sets the type', async () => {
    await write({ [inKit]: { ...described, license: 'MIT' }, 'node_modules/kit/lib/package.json': { type: 'module' } });
    expect(await kit()).toEqual({ ...described, license: 'MIT', folder: join(root, 'node_modules', 'kit') });
  });

  test('is the inner one of a package in a package', async () => {
    await write({
      [inKit]: described,
      'node_modules/kit/node_modules/part/package.json': { name: 'part', version: '2.0.0' },
    });
    expect(await packageOf(join(root, 'node_modules/kit/node_modules/part/a.js'))).toMatchObject({ name: 'part' });
  });

  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a description whose name is no text', { name: 7 }],
  ])('is sought further up when a description is %s', async (_, content) => {
    await write({ 'package.json': { name: 'above', version: '1.0.0' }, [inKit]: content });
    expect(await kit()).toMatchObject({ name: 'above', folder: root });
  });

  test('has version 0.0.0 and no licence where those are no texts', async () => {
    await write({ [inKit]: { name: 'kit', version: 1, license: { type: 'MIT' } } });
    expect(await kit()).toEqual({ name: 'kit', version: '0.0.0', folder: join(root, 'node_modules', 'kit') });
  });
});

describe('the digest of the archive a package came in', () => {
  const locked = async (entry: unknown, path = 'node_modules/kit', lock = 'package-lock.json') => {
    await write({ [inKit]: described, [lock]: { packages: { [path]: entry } } });
    const owner = await kit();
    return owner && lockedDigest(owner);
  };

  test.each(['package-lock.json', 'node_modules/.package-lock.json'])('is what %s says', async (lock) => {
    expect(await locked({ version: '1.2.3', integrity }, 'node_modules/kit', lock)).toBe(ARCHIVE.toString('hex'));
  });

  test('is found among weaker ones', async () => {
    expect(await locked({ version: '1.2.3', integrity: `sha1-x ${integrity}` })).toBe(ARCHIVE.toString('hex'));
  });

  test.each<[what: string, entry: unknown]>([
    ['of another version', { version: '1.2.4', integrity }],
    ['without a digest', { version: '1.2.3' }],
    ['with a weaker digest only', { version: '1.2.3', integrity: 'sha1-x' }],
    ['with a digest that is cut off', { version: '1.2.3', integrity: integrity.slice(0, -3) }],
    ['with a digest behind another word', { version: '1.2.3', integrity: `x${integrity}` }],
    ['that is null', null],
  ])('is unknown for an entry %s', async (_, entry) => {
    expect(await locked(entry)).toBeUndefined();
  });

  test('is unknown for a package of the same name elsewhere', async () => {
    expect(await locked({ version: '1.2.3', integrity }, 'node_modules/other/node_modules/kit')).toBeUndefined();
  });
});

describe('the name of a source', () => {
  test('is its path inside the folder for the author’s own', async () => {
    expect(await nameSource(root, 'src/a.ts')).toEqual({ name: 'src/a.ts', file: join(root, 'src/a.ts') });
  });

  test('is the package with its version for what comes from one, wherever that lies', async () => {
    await write({ [inKit]: described, 'pack/a.ts': '' });
    const within = { name: 'kit@1.2.3/lib/a.js', origin: { path: 'lib/a.js' } };
    expect(await nameSource(root, 'node_modules/kit/lib/a.js')).toMatchObject(within);
    expect(await nameSource(join(root, 'pack'), '../node_modules/kit/lib/a.js')).toMatchObject(within);
  });

  test('keeps what esbuild says of a module that is disabled', async () => {
    await write({ [inKit]: described });
    const { name } = await nameSource(root, '(disabled):node_modules/kit/lib/a.js');
    expect(name).toBe('(disabled):kit@1.2.3/lib/a.js');
  });
});
