import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createKeyFile } from '../key-file.ts';
import { run } from '../run.ts';

let dir: string;
let said: string[] = [];
const file = (name: string) => path.join(dir, name);
const pub = (name: string) => file(`${name}.pub`);
const gtc = (...args: string[]) => run(['registry', ...args, '--json']);
const lastResult = () => JSON.parse(said.at(-1) ?? '{}').result;
const lastError = () => JSON.parse(said.at(-1) ?? '{}').error;
const NAMES = ['one', 'two', 'three', 'targets', 'online', 'next', 'stranger'];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'registry-root-'));
  said = [];
  const hear = (text: string | Uint8Array) => said.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(hear);
  vi.spyOn(process.stderr, 'write').mockImplementation(hear);
  for (const name of NAMES) await createKeyFile(file(name));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true });
});

const FIRST_KEYS = () => [
  ...['one', 'two', 'three'].flatMap((name) => ['--root-key', pub(name)]),
  ...['--root-threshold', '2', '--targets-key', pub('targets'), '--online-key', pub('online')],
];

/** A registry whose root keys were never in one place. */
async function ceremony(): Promise<void> {
  expect(
    await gtc('init', file('registry'), ...FIRST_KEYS(), '--propose', file('root.json'), '--expires', 'timestamp=3'),
  ).toBe(0);
  for (const name of ['one', 'three']) expect(await gtc('root-sign', file('root.json'), '--key', file(name))).toBe(0);
  const keys = ['--targets-key', file('targets'), '--online-key', file('online')];
  expect(await gtc('root-publish', file('registry'), file('root.json'), ...keys)).toBe(0);
}

describe('a registry whose root keys are never in one place', () => {
  test('is made from a proposal that their holders pass on, and only then', async () => {
    await ceremony();
    const tuf = await readdir(path.join(file('registry'), 'tuf'));
    expect(tuf).toContain('1.root.json');
    expect(await gtc('status', file('registry'))).toBe(0);
    const { roles } = lastResult();
    expect(roles[0]).toMatchObject({ role: 'root', threshold: 2, version: 1 });
    expect(Date.parse(roles[3].expires) - Date.now()).toBeLessThan(3 * 86_400_000);
  });

  test('is not made before enough of them have signed', async () => {
    expect(await gtc('init', file('registry'), ...FIRST_KEYS(), '--propose', file('root.json'))).toBe(0);
    expect(await gtc('root-sign', file('root.json'), '--key', file('one'))).toBe(0);
    expect(lastResult().signatures).toEqual({ proposed: { signed: 1, needed: 2 } });
    expect(await gtc('root-sign', file('root.json'), '--key', file('stranger'))).toBe(2);
    expect(await gtc('root-publish', file('registry'), file('root.json'), '--online-key', file('online'))).toBe(3);
    expect(lastError()).toMatchObject({ code: 'trust/threshold' });
    expect(await readdir(dir)).not.toContain('registry');
  });

  test('init does not take public halves for secret ones', async () => {
    expect(await gtc('init', file('registry'), ...FIRST_KEYS())).toBe(3);
    expect(await gtc('init', file('registry'), '--root-key', pub('one'))).toBe(2);
    expect(lastError().message).toContain('online-key');
  });

  test('gets its next root the same way, and says what that changes to whom it asks', async () => {
    await ceremony();
    const change = ['--role', 'online', '--add', pub('next'), '--remove', pub('online')];
    expect(await gtc('root-propose', file('registry'), '--out', file('root-2.json'), ...change)).toBe(0);
    const { changes, signatures, root } = lastResult();
    expect(root).toBe(2);
    expect(changes.map((line: string) => line.slice(0, 'timestamp: +'.length))).toEqual(
      ['snapshot: - ', 'snapshot: + ', 'timestamp: -', 'timestamp: +'].map((line) =>
        expect.stringContaining(line.trim()),
      ),
    );
    expect(signatures.former).toEqual({ signed: 0, needed: 2 });
    for (const name of ['two', 'three'])
      expect(await gtc('root-sign', file('root-2.json'), '--key', file(name))).toBe(0);
    expect(await gtc('root-publish', file('registry'), file('root-2.json'), '--online-key', file('online'))).toBe(3);
    expect(await gtc('root-publish', file('registry'), file('root-2.json'), '--online-key', file('next'))).toBe(0);
    expect(await gtc('refresh', file('registry'), '--online-key', file('online'))).toBe(3);
    expect(await gtc('refresh', file('registry'), '--online-key', file('next'))).toBe(0);
    expect(lastResult().unsigned.map(({ role }: { role: string }) => role)).toEqual(['root', 'targets']);
    expect(await gtc('root-publish', file('registry'), file('root-2.json'))).toBe(5);
    expect(lastError()).toMatchObject({ code: 'registry/root-outdated' });
  });
});

describe('gtc registry rotate', () => {
  test('replaces the one key of a registry on one’s own machine by keys for each role', async () => {
    expect(await gtc('init', file('registry'), '--key', file('one'))).toBe(0);
    const rotate = (role: string, name: string, ...more: string[]) =>
      gtc(
        'rotate',
        file('registry'),
        '--role',
        role,
        '--add',
        pub(name),
        '--remove',
        pub('one'),
        '--root-key',
        file('one'),
        ...more,
      );
    expect(await rotate('online', 'online', '--online-key', file('online'), '--key', file('one'))).toBe(0);
    expect(await rotate('targets', 'targets', '--targets-key', file('targets'), '--online-key', file('online'))).toBe(
      0,
    );
    expect(await rotate('root', 'two', '--root-key', file('two'))).toBe(0);
    expect(await rotate('root', 'three')).toBe(2);
    expect(lastError().hint).toContain('gtc registry status');
    const root = JSON.parse(await readFile(path.join(file('registry'), 'tuf', '4.root.json'), 'utf8')).signed;
    expect(Object.keys(root.keys)).toHaveLength(3);
  });

  test.each([
    ['a role that is none', ['--role', 'mirrors'], 2],
    ['a threshold that is none', ['--threshold', '0'], 2],
    ['more keys than there are', ['--threshold', '2'], 2],
    ['a time without an end', ['--expires', 'root=99999'], 2],
    ['the time of a role that is none', ['--expires', 'mirrors=9'], 2],
    ['a key to take out that is not in', ['--remove', '0'.repeat(64)], 2],
  ])('refuses %s', async (_, args, exit) => {
    expect(await gtc('init', file('registry'), '--key', file('one'))).toBe(0);
    expect(await gtc('rotate', file('registry'), '--key', file('one'), ...args)).toBe(exit);
  });
});

describe('gtc registry status', () => {
  test('with --check exits with 6 when something runs out within the days asked', async () => {
    expect(await gtc('init', file('registry'), '--key', file('one'))).toBe(0);
    expect(await gtc('status', file('registry'), '--check', '--within', '6')).toBe(0);
    expect(await gtc('status', file('registry'), '--check', '--within', '8')).toBe(6);
    expect(lastError()).toMatchObject({ code: 'registry/expiring' });
    expect(await gtc('status', file('registry'), '--within', 'soon')).toBe(2);
  });

  test('shows people a table of roles and namespaces', async () => {
    expect(await gtc('init', file('registry'), '--key', file('one'))).toBe(0);
    const namespace = [
      '--namespace',
      'acme',
      '--publisher',
      pub('two'),
      '--publisher',
      pub('three'),
      '--threshold',
      '2',
    ];
    expect(await gtc('delegate', file('registry'), ...namespace, '--key', file('one'))).toBe(0);
    expect(lastResult()).toMatchObject({ namespace: 'acme', threshold: 2 });
    expect(await run(['registry', 'status', file('registry')])).toBe(0);
    expect(said.at(-1)).toMatch(/timestamp +2 /);
    expect(said.at(-1)).toMatch(/acme\.\* +0 .*2 +not signed yet +0 +0/);
  });
});
