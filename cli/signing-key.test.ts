import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyFile, readKeyFile } from './key-file.ts';
import { readFirstKeys, readOnlineKey, readSecretKeys } from './signing-key.ts';

const NAMES = ['one', 'two', 'three', 'four'] as const;
type Name = (typeof NAMES)[number];

let dir: string;
const secret = {} as Record<Name, string>;
const shown = {} as Record<Name, string>;
const file = (name: Name) => path.join(dir, name);
const pub = (name: Name) => `${file(name)}.pub`;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'gtc-signing-'));
  for (const name of NAMES) {
    shown[name] = (await createKeyFile(file(name))).publicKey;
    secret[name] = (await readKeyFile(file(name))).secretKey;
  }
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

describe('the keys of a new registry', () => {
  test('are one for every role, with --key alone', async () => {
    const role = { publicKeys: [shown.one], secretKeys: [secret.one], threshold: 1 };
    const keys = await readFirstKeys({ key: file('one') });
    expect(keys).toEqual({ root: role, targets: role, snapshot: role, timestamp: role });
  });

  test('are each role’s own where they are named, and --key for the others', async () => {
    const keys = await readFirstKeys({ key: file('one'), rootKey: [file('two'), file('three')], rootThreshold: '2' });
    expect(keys.root).toEqual({
      publicKeys: [shown.two, shown.three],
      secretKeys: [secret.two, secret.three],
      threshold: 2,
    });
    expect(keys.targets.publicKeys).toEqual([shown.one]);
    expect(keys.snapshot).toEqual(keys.timestamp);
  });

  test('may be public halves: of those nobody signs here', async () => {
    const options = {
      rootKey: [pub('one'), shown.two, file('three')],
      targetsKey: [pub('four')],
      onlineKey: [file('four')],
    };
    const { root, targets, snapshot } = await readFirstKeys({ ...options, rootThreshold: '3' });
    expect(root).toEqual({
      publicKeys: [shown.one, shown.two, shown.three],
      secretKeys: [secret.three],
      threshold: 3,
    });
    expect(targets.secretKeys).toEqual([]);
    expect(snapshot.secretKeys).toEqual([secret.four]);
  });

  test('a threshold of the targets is theirs alone', async () => {
    const keys = await readFirstKeys({ key: file('one'), targetsKey: [pub('one'), pub('two')], targetsThreshold: '2' });
    expect(Object.values(keys).map(({ threshold }) => threshold)).toEqual([1, 2, 1, 1]);
  });

  test.each([
    ['root-key', { targetsKey: ['one'], onlineKey: ['one'] }],
    ['targets-key', { rootKey: ['one'], onlineKey: ['one'] }],
    ['online-key', { rootKey: ['one'], targetsKey: ['one'] }],
  ] as const)('without a %s and without --key are refused, and the error names it', async (option, given) => {
    const files = Object.fromEntries(Object.entries(given).map(([role, [name]]) => [role, [file(name)]]));
    await expect(readFirstKeys(files)).rejects.toMatchObject({
      code: 'input/invalid',
      message: `No ${option} is named.`,
    });
  });

  test.each(['0', '-1', '1.5', 'two', ''])('with a threshold of %j are refused', async (rootThreshold) => {
    await expect(readFirstKeys({ key: file('one'), rootThreshold })).rejects.toMatchObject({ code: 'input/invalid' });
  });

  test('that cannot be read are refused with trust/key-invalid', async () => {
    await expect(readFirstKeys({ key: path.join(dir, 'none') })).rejects.toMatchObject({ code: 'trust/key-invalid' });
    await expect(readFirstKeys({ key: 'no key' })).rejects.toMatchObject({ code: 'trust/key-invalid' });
  });
});

describe('keys to sign with', () => {
  test('are all that are named, whichever role they are kept for', async () => {
    const roles = { rootKey: [file('two')], targetsKey: [file('three')], onlineKey: [file('four')], publisherKey: [] };
    expect(await readSecretKeys({ key: file('one'), ...roles })).toEqual(NAMES.map((name) => secret[name]));
    expect(await readSecretKeys({})).toEqual([]);
  });

  test('have to be secret halves', async () => {
    await expect(readSecretKeys({ key: pub('one') })).rejects.toMatchObject({ code: 'trust/key-invalid' });
  });

  test('that others may read are refused, whatever they are for', async () => {
    await chmod(file('four'), 0o640);
    for (const role of ['rootKey', 'targetsKey', 'onlineKey', 'publisherKey'])
      await expect(readSecretKeys({ [role]: [file('four')] })).rejects.toMatchObject({ code: 'trust/key-invalid' });
    await expect(readOnlineKey(file('four'))).rejects.toMatchObject({ code: 'trust/key-invalid' });
    await chmod(file('four'), 0o600);
  });

  test('an online key speaks for snapshot and timestamp, and for nothing else', async () => {
    const role = { secretKeys: [secret.one], threshold: 1 };
    expect(await readOnlineKey(file('one'))).toEqual({ snapshot: role, timestamp: role });
  });
});
