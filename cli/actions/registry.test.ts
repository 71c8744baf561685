import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyFile } from '../key-file.ts';
import { run } from '../run.ts';

let dir: string;
let said = '';
const file = (name: string) => path.join(dir, name);
const timestamp = async () =>
  JSON.parse(await readFile(path.join(file('registry'), 'tuf', 'timestamp.json'), 'utf8')) as {
    signed: { version: number };
  };

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'registry-'));
  said = '';
  const hear = (text: string | Uint8Array) => {
    said += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(hear);
  vi.spyOn(process.stderr, 'write').mockImplementation(hear);
  await createKeyFile(file('owner.key'));
  await createKeyFile(file('stranger.key'));
  expect(await run(['registry', 'init', file('registry'), '--key', file('owner.key'), '--json'])).toBe(0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

describe('gtc registry', () => {
  test('refresh signs the index anew, as the next version', async () => {
    const { signed } = await timestamp();
    expect(await run(['registry', 'refresh', file('registry'), '--key', file('owner.key'), '--json'])).toBe(0);
    expect((await timestamp()).signed.version).toBe(signed.version + 1);
  });

  test('refresh with another key is refused and changes nothing', async () => {
    const before = await timestamp();
    expect(await run(['registry', 'refresh', file('registry'), '--key', file('stranger.key'), '--json'])).toBe(3);
    expect(said).toContain('trust/threshold');
    expect(await timestamp()).toEqual(before);
  });

  test('init refuses a folder that holds a registry', async () => {
    expect(await run(['registry', 'init', file('registry'), '--key', file('owner.key'), '--json'])).toBe(5);
    expect(said).toContain('registry/exists');
  });
});

describe('gtc registry delegate', () => {
  const delegate = (...args: string[]) =>
    run([
      'registry',
      'delegate',
      file('registry'),
      '--namespace',
      'acme',
      ...args,
      '--key',
      file('owner.key'),
      '--json',
    ]);
  const statusOf = async () => {
    said = '';
    expect(await run(['registry', 'status', file('registry'), '--json'])).toBe(0);
    return (JSON.parse(said.trim()) as { result: { namespaces: { threshold: number; keys: string[] }[] } }).result;
  };
  const publisher = (name: string) => ['--publisher', file(`${name}.key.pub`)];

  test('lets a namespace’s holders publish, as many as have to sign, and takes the place of those before', async () => {
    expect(await delegate(...publisher('owner'), ...publisher('stranger'), '--threshold', '2')).toBe(0);
    const [first] = (await statusOf()).namespaces;
    expect(first).toMatchObject({ namespace: 'acme', threshold: 2, keys: { length: 2 }, version: 0 });
    expect(await delegate(...publisher('stranger'))).toBe(0);
    expect((await statusOf()).namespaces).toMatchObject([{ threshold: 1, keys: { length: 1 } }]);
  });

  test.each<[string, () => string[], number, string]>([
    ['more signatures than there are keys', () => [...publisher('owner'), '--threshold', '2'], 2, 'input/invalid'],
    ['no signature', () => [...publisher('owner'), '--threshold', '0'], 2, 'input/invalid'],
    [
      'a key twice for two',
      () => [...publisher('owner'), ...publisher('owner'), '--threshold', '2'],
      2,
      'input/invalid',
    ],
    ['a key that is none', () => ['--publisher', 'AAAA'], 3, 'trust/key-invalid'],
    ['a secret key', () => ['--publisher', file('owner.key')], 3, 'trust/key-invalid'],
    ['the name of a role', () => [...publisher('owner'), '--namespace', 'snapshot'], 2, 'input/invalid'],
  ])('refuses %s, and changes nothing', async (_, args, exit, code) => {
    const before = await timestamp();
    said = '';
    expect(await delegate(...args())).toBe(exit);
    expect(said).toContain(code);
    expect(await timestamp()).toEqual(before);
  });
});

describe('gtc registry status', () => {
  const status = async (...args: string[]) => {
    said = '';
    const exit = await run(['registry', 'status', file('registry'), ...args]);
    return { exit, said };
  };

  test('shows every role with its keys and until when it holds', async () => {
    const { exit, said: text } = await status();
    expect(exit).toBe(0);
    for (const role of ['root', 'targets', 'snapshot', 'timestamp'])
      expect(text).toMatch(new RegExp(`^${role} +1 +[0-9a-f]{8} +1 +\\d{4}-`, 'm'));
  });

  test('--check exits with 6 when something runs out within the days that are named, and says what', async () => {
    expect((await status('--check', '--within', '1')).exit).toBe(0);
    const soon = await status('--check', '--within', '30', '--json');
    expect(soon).toEqual({ exit: 6, said: expect.stringContaining('registry/expiring') });
    expect((await status('--within', '30')).exit).toBe(0);
  });

  test.each(['0', '-1', 'soon', ''])('takes no %j for days', async (days) => {
    expect(await status('--within', days, '--json')).toMatchObject({ exit: 2 });
  });

  test('of a folder that holds none is an error', async () => {
    expect(await run(['registry', 'status', dir, '--json'])).toBe(7);
    expect(said).toContain('registry/unreachable');
  });
});

describe('gtc registry trust', () => {
  const trust = (...args: string[]) => {
    const kit = ['--conformance', file('stranger.key.pub'), '--out', file('trust.json')];
    return run([
      'registry',
      'trust',
      file('registry'),
      '--publisher',
      `acme=${file('owner.key.pub')}`,
      ...kit,
      ...args,
      '--json',
    ]);
  };
  const written = async () => JSON.parse(await readFile(file('trust.json'), 'utf8'));

  test('names the registry’s first root, where it lies, and whom to believe', async () => {
    expect(await trust('--publisher', `beta=${file('stranger.key.pub')}`)).toBe(0);
    const root = JSON.parse(await readFile(path.join(file('registry'), 'tuf', '1.root.json'), 'utf8'));
    expect(await written()).toMatchObject({
      registries: [{ name: 'main', location: `file://${file('registry')}`, root }],
      publishers: [{ namespace: 'acme', threshold: 1 }, { namespace: 'beta' }],
      conformance: { threshold: 1 },
    });
  });

  test.each([
    ['oci://registry.example/packs', 'oci://registry.example/packs'],
    ['file:///srv/registry', 'file:///srv/registry'],
    ['/srv/registry.tar', 'file:///srv/registry.tar'],
  ])('where readers find it at %s says %s', async (location, said) => {
    expect(await trust('--location', location, '--name', 'packs')).toBe(0);
    expect(await written()).toMatchObject({ registries: [{ name: 'packs', location: said }] });
  });

  test.each([
    [['--location', 'oci://'], 2],
    [['--name', 'Not a name'], 2],
    [['--publisher', 'acme'], 2],
    [['--publisher', 'beta=nobody.pub'], 3],
  ])('with %j writes nothing', async (args, exit) => {
    expect(await trust(...args)).toBe(exit);
    await expect(written()).rejects.toThrow();
  });
});
