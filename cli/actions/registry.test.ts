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
