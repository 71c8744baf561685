import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCookieKeys } from './cookie-keys.ts';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'gtc-keys-'));
  file = path.join(root, 'data', 'router-keys.json');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const invalid = expect.objectContaining({ code: 'runtime/config-invalid' });
const key = { kid: 'k1', key: Buffer.alloc(32, 7).toString('base64') };

/** Writes a file of keys as this process would. */
function write(content: unknown, mode = 0o600): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content), { mode });
}

describe('the router’s keys', () => {
  test('are made when there are none: one of 32 bytes, readable by its owner alone', async () => {
    const keys = await openCookieKeys(file);
    expect(keys).toMatchObject([{ kid: expect.stringMatching(/^[0-9a-f]{8}$/) }]);
    expect(keys[0]?.key.byteLength).toBe(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  test('are the same after a restart: nobody loses the revision they were on', async () => {
    const first = await openCookieKeys(file);
    const text = readFileSync(file, 'utf8');
    expect(await openCookieKeys(file)).toEqual(first);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('of two environments are two', async () => {
    const [one] = await openCookieKeys(file);
    const [other] = await openCookieKeys(path.join(root, 'other', 'router-keys.json'));
    expect(other?.key).not.toEqual(one?.key);
    expect(other?.kid).not.toBe(one?.kid);
  });

  test('are made once, whoever comes at the same time, and leave no draft behind', async () => {
    const all = await Promise.all([openCookieKeys(file), openCookieKeys(path.join(root, 'x', 'router-keys.json'))]);
    expect(all).toHaveLength(2);
    await openCookieKeys(file);
    expect(readdirSync(path.dirname(file))).toEqual(['router-keys.json']);
  });

  test('are taken as they stand in the file, in its order: the first one signs', async () => {
    const next = { kid: 'k2', key: Buffer.alloc(32, 9).toString('base64') };
    write({ schema: 'greentic.router-keys/1', keys: [next, key] });
    expect(await openCookieKeys(file)).toEqual([
      { kid: 'k2', key: Buffer.alloc(32, 9) },
      { kid: 'k1', key: Buffer.alloc(32, 7) },
    ]);
  });

  test.each<[string, unknown]>([
    ['no JSON', '{'],
    ['nothing', ''],
    ['another schema', { schema: 'greentic.router-keys/2', keys: [key] }],
    ['no key', { schema: 'greentic.router-keys/1', keys: [] }],
    ['nine keys', { schema: 'greentic.router-keys/1', keys: Array.from({ length: 9 }, () => key) }],
    ['a short key', { schema: 'greentic.router-keys/1', keys: [{ kid: 'k1', key: 'YQ==' }] }],
    ['a key that is no base64', { schema: 'greentic.router-keys/1', keys: [{ kid: 'k1', key: '!'.repeat(44) }] }],
    ['a key without a name', { schema: 'greentic.router-keys/1', keys: [{ key: key.key }] }],
    ['a field nobody knows', { schema: 'greentic.router-keys/1', keys: [key], old: [] }],
    [
      'more than 16 KiB',
      `${JSON.stringify({ schema: 'greentic.router-keys/1', keys: [key] })}${' '.repeat(16 * 1024)}`,
    ],
  ])('in a file with %s are refused, and the file is left as it is', async (_what, content) => {
    write(content);
    const before = readFileSync(file, 'utf8');
    await expect(openCookieKeys(file)).rejects.toThrow(invalid);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(readdirSync(path.dirname(file))).toEqual(['router-keys.json']);
  });

  test.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o660, 0o610])(
    'that others may have read (mode %o) are refused, with the way out',
    async (mode) => {
      write({ schema: 'greentic.router-keys/1', keys: [key] });
      chmodSync(file, mode);
      const refusal = { code: 'runtime/config-invalid', hint: expect.stringContaining('Delete the file') };
      await expect(openCookieKeys(file)).rejects.toMatchObject(refusal);
    },
  );
});
