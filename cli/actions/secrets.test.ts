import { truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Room } from '../testing/here.ts';

const VALUE = 'correct-horse-battery-staple-4711';
let room: Room;

beforeEach(async () => {
  room = await Room.withEnvironment('local');
  await writeFile(room.file('value'), VALUE);
});
afterEach(async () => {
  await room[Symbol.asyncDispose]();
});

const put = (...args: string[]) => room.json('op', 'secrets', 'put', 'local', 'api-key', ...args);

describe('a secret’s value', () => {
  test('in a file that is not there, or is a folder, is refused with the file’s name', async () => {
    for (const file of [room.file('nothing'), room.dir])
      expect(await put('--from', file)).toMatchObject({
        exit: 2,
        stdout: '',
        error: { code: 'input/invalid', message: expect.stringContaining(file) },
      });
  });

  test('larger than 64 KiB is refused by its size, before any pack is asked', async () => {
    await truncate(room.file('value'), 64 * 1024);
    expect(await put('--from', room.file('value'))).toMatchObject({ error: { code: 'env/slot-empty' } });
    await truncate(room.file('value'), 64 * 1024 + 1);
    expect(await put('--from', room.file('value'))).toMatchObject({ exit: 2, error: { code: 'secret/too-large' } });
  });

  test('that is nothing is refused: nobody means to keep that', async () => {
    await truncate(room.file('value'), 0);
    expect(await put('--from', room.file('value'))).toMatchObject({
      exit: 2,
      error: { code: 'input/invalid', message: expect.stringContaining('holds nothing') },
    });
  });

  test.runIf(process.platform === 'linux')('without an end is not read to its end', async () => {
    expect(await put('--from', '/dev/zero')).toMatchObject({ exit: 2, error: { code: 'secret/too-large' } });
  });

  test('is not read for an owner or an environment that cannot be', async () => {
    const missing = ['--from', room.file('nothing')];
    expect(await put(...missing, '--customer', 'Not A Label')).toMatchObject({
      error: { message: expect.stringContaining('customer') },
    });
    const elsewhere = await room.json('op', 'secrets', 'put', '../x', 'api-key', ...missing);
    expect(elsewhere.error?.message).toContain('The name of the environment');
  });
});

describe('without a pack in the slot', () => {
  test.each([
    ['put', ['api-key', '--from', 'value']],
    ['get', ['api-key']],
    ['list', []],
  ])('%s is refused with a way out, shows no value and records none', async (verb, rest) => {
    const args = rest.map((each) => (each === 'value' ? room.file('value') : each));
    const before = await room.audit('local');
    const ran = await room.json('op', 'secrets', verb, 'local', ...args);
    expect(ran).toMatchObject({ exit: 4, stdout: '', error: { code: 'env/slot-empty' } });
    expect(ran.error?.hint).toContain('gtc op env-packs add');
    expect(ran.stderr).not.toContain(VALUE);
    const after = await room.audit('local');
    expect(JSON.stringify(after)).not.toContain(VALUE);
    expect(after.filter(({ outcome }) => outcome === 'committed')).toEqual(before);
  });
});
