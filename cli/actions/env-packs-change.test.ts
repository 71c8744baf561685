import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PackRoom, TELEMETRY } from '../testing/pack-room.ts';

const LOG = { kind: 'log', reason: 'Writes the records.' };
const HTTP = {
  kind: 'http',
  binding: 'collector',
  origins: ['https://collector.example'],
  methods: ['POST'],
  paths: ['/v1/logs'],
  reason: 'Sends the records on.',
};

describe('gtc op env-packs update', () => {
  test('with nothing newer says so, and does nothing', async () => {
    await using made = await PackRoom.create();
    expect(await made.packs('update', 'telemetry')).toMatchObject({
      exit: 0,
      result: { changed: false, applied: false },
    });
    const { exit, stdout } = await made.room.plain('op', 'env-packs', 'update', 'local', 'telemetry');
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: `${TELEMETRY} 1.0.0 is what this asks for already.\n` });
  });

  test('with --check tells what would change and exits 6, and changes nothing', async () => {
    await using made = await PackRoom.create();
    await made.publish('1.1.0');
    expect(await made.packs('update', 'telemetry', '--check')).toMatchObject({
      exit: 6,
      result: { from: { version: '1.0.0' }, to: { version: '1.1.0' }, changed: true, applied: false, permissions: [] },
      error: { code: 'env/outdated' },
    });
    expect(await made.bound()).toMatchObject({ version: '1.0.0' });
  });

  test('tells people first what both versions rest on, and binds the newer one', async () => {
    await using made = await PackRoom.create();
    await made.publish('1.1.0');
    const { exit, stdout, stderr } = await made.room.plain('op', 'env-packs', 'update', 'local', 'telemetry');
    expect(exit).toBe(0);
    expect(stderr).toMatch(/1\.0\.0 → 1\.1\.0.*rested on:.*rests on:.*asks for what it asked for before/s);
    expect(stdout).toMatch(/1\.1\.0 fills the slot telemetry/);
    expect(await made.bound()).toMatchObject({ version: '1.1.0' });
  });

  test('takes the version, the range or the channel that it is told', async () => {
    await using made = await PackRoom.create();
    for (const version of ['1.1.0', '1.2.0', '2.0.0', '2.1.0-rc.1']) await made.publish(version);
    await made.done('pack', 'release', `${TELEMETRY}@2.1.0-rc.1`, '--channel', 'beta', ...made.offering());
    for (const [to, version] of [
      ['^1', '1.2.0'],
      ['1.1.0', '1.1.0'],
      ['*', '2.0.0'],
      ['beta', '2.1.0-rc.1'],
    ] as const) {
      await made.done('op', 'env-packs', 'update', 'local', 'telemetry', '--to', to);
      expect(await made.bound()).toMatchObject({ version });
    }
  });

  test('to a version that asks for more waits for consent, names what it asks, and binds it with that', async () => {
    await using made = await PackRoom.create();
    await made.publish('1.1.0', { permissions: [LOG, HTTP] });
    const refused = await made.packs('update', 'telemetry');
    expect(refused).toMatchObject({ exit: 3, error: { code: 'permission/consent-required' } });
    expect(refused.error?.message).toContain('http:collector');
    expect(await made.bound()).toMatchObject({ version: '1.0.0' });
    const { result } = await made.packs('update', 'telemetry', '--check');
    expect(result).toMatchObject({ permissions: [{ permission: 'http:collector', change: 'added' }] });
    const granted = await made.packs('update', 'telemetry', '--grant', 'http:collector');
    expect(granted).toMatchObject({ exit: 0, result: { applied: true } });
    expect((await made.bound()).grants).toMatchObject([{ kind: 'log' }, { kind: 'http', binding: 'collector' }]);
  });

  test('to a version that asks for less drops the grant', async () => {
    await using made = await PackRoom.create();
    await made.publish('1.1.0', { permissions: [] });
    expect(await made.done('op', 'env-packs', 'update', 'local', 'telemetry')).toMatchObject({
      permissions: [{ permission: 'log', change: 'removed' }],
    });
    expect(await made.bound()).toEqual({ version: '1.1.0', grants: [] });
  });
});

describe('an update that cannot be', () => {
  let made: PackRoom;
  beforeAll(async () => {
    made = await PackRoom.create();
    await made.done('op', 'env-packs', 'remove', 'local', 'sessions');
  });
  afterAll(() => made[Symbol.asyncDispose]());

  test.each([
    ['a slot that is none', ['clock'], 'input/invalid'],
    ['an empty slot', ['sessions'], 'env/slot-empty'],
    ['a version nobody published', ['telemetry', '--to', '9.9.9'], 'pack/version-not-found'],
    ['a channel that is none', ['telemetry', '--to', 'newest'], 'input/invalid'],
    ['a registry nobody trusts', ['telemetry', '--registry', 'other'], 'index/unknown-registry'],
  ])('of %s is refused and changes nothing', async (_, args, code) => {
    expect((await made.packs('update', ...args)).error).toMatchObject({ code });
    expect(await made.bound()).toMatchObject({ version: '1.0.0' });
  });

  test('leads to no former pack that a rollback could go to', async () => {
    expect((await made.packs('rollback', 'telemetry')).exit).not.toBe(0);
    expect(await made.bound()).toMatchObject({ version: '1.0.0' });
  });
});

test('gtc op env-packs rollback goes back to what filled the slot before, and forth again, with no registry there', async () => {
  await using made = await PackRoom.create();
  await made.publish('1.1.0');
  await made.done('op', 'env-packs', 'update', 'local', 'telemetry');
  await rm(made.registry.folder, { recursive: true });
  expect(await made.packs('rollback', 'telemetry')).toMatchObject({ exit: 0, result: { version: '1.0.0' } });
  expect(await made.bound()).toMatchObject({ version: '1.0.0' });
  await made.done('op', 'env-packs', 'rollback', 'local', 'telemetry');
  expect(await made.bound()).toMatchObject({ version: '1.1.0' });
});
