import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PackRoom, TELEMETRY } from '../testing/pack-room.ts';

const revokers = ({ registry }: PackRoom) => [
  ...['--revoker', registry.keyFile('kit'), '--key', registry.keyFile('registry')],
];

/** An environment whose telemetry pack is revoked, and which has not heard of it. */
async function revoked(): Promise<PackRoom> {
  const made = await PackRoom.create();
  await made.done('registry', 'revoker', made.registry.folder, ...revokers(made));
  const what = [`${TELEMETRY}@1.0.0`, '--reason', 'leaks', '--successor', `${TELEMETRY}@1.0.1`];
  await made.done('registry', 'revoke', made.registry.folder, ...what, ...revokers(made));
  return made;
}

describe('a revoked pack', () => {
  test('is told by check, with where it is in use, and exits 3', async () => {
    await using made = await revoked();
    expect(await made.packs('check')).toMatchObject({
      exit: 3,
      result: {
        revoked: [{ name: TELEMETRY, version: '1.0.0', severity: 'high', slots: ['telemetry'], revisions: [] }],
        failed: [],
      },
      error: { code: 'pack/revoked' },
    });
    const { stdout } = await made.room.plain('op', 'env-packs', 'check', 'local');
    expect(stdout).toMatch(/telemetry\s+high/);
  });

  test('is not installed again, nor gone back to; a sound version takes its place', async () => {
    await using made = await revoked();
    const again = await made.packs('add', TELEMETRY, '--replace', '--grant', 'all');
    expect(again).toMatchObject({ exit: 3, error: { code: 'pack/revoked' } });
    await made.publish('1.0.1');
    await made.done('op', 'env-packs', 'update', 'local', 'telemetry');
    expect(await made.packs('check')).toMatchObject({ exit: 0, result: { revoked: [{ slots: [], revisions: [] }] } });
    expect((await made.packs('rollback', 'telemetry')).error).toMatchObject({ code: 'pack/revoked' });
    expect(await made.bound()).toMatchObject({ version: '1.0.1' });
  });

  test('is admitted again when its revocation is taken back and an operator lifts it, and not before', async () => {
    await using made = await revoked();
    expect(await made.packs('check')).toMatchObject({ exit: 3 });
    await made.done('registry', 'revoke', made.registry.folder, `${TELEMETRY}@1.0.0`, '--undo', ...revokers(made));
    expect(await made.packs('check')).toMatchObject({
      exit: 3,
      result: { revoked: [{ name: TELEMETRY }], liftable: [{ name: TELEMETRY, version: '1.0.0' }] },
    });
    expect((await made.room.plain('op', 'env-packs', 'check', 'local')).stderr).toContain('--lift');
    expect(await made.packs('check', '--lift')).toMatchObject({ exit: 0, result: { revoked: [], liftable: [] } });
    expect(await made.packs('add', TELEMETRY, '--replace', '--grant', 'all')).toMatchObject({ exit: 0 });
  });
});

describe('an override of a revocation', () => {
  let made: PackRoom;
  beforeAll(async () => {
    made = await revoked();
  });
  afterAll(() => made[Symbol.asyncDispose]());

  const override = (...args: string[]) => made.packs('override', ...args);

  test.each([
    ['without a reason', ['telemetry'], 'input/conflicting-options'],
    ['for no time', ['telemetry', '--reason', 'x', '--hours', '0'], 'input/invalid'],
    ['for more than 30 days', ['telemetry', '--reason', 'x', '--hours', '721'], 'input/invalid'],
    ['of a sound pack', ['state', '--reason', 'x'], 'pack/not-revoked'],
    ['of another version', [`${TELEMETRY}@1.0.1`, '--reason', 'x'], 'pack/not-revoked'],
    ['of a slot that is none', ['clock', '--reason', 'x'], 'input/invalid'],
    ['that nobody gave, ended', ['telemetry', '--undo'], 'pack/not-revoked'],
  ])('%s is refused', async (_, args, code) => {
    await made.packs('check');
    expect((await override(...args)).error).toMatchObject({ code });
  });

  test('by slot or by name holds for the hours told, and can be ended', async () => {
    await made.packs('check');
    expect(await override('telemetry', '--hours', '2', '--reason', 'until tonight')).toMatchObject({
      exit: 0,
      result: { name: TELEMETRY, version: '1.0.0', reason: 'until tonight' },
    });
    expect(await override('telemetry', '--undo')).toMatchObject({ exit: 0 });
    expect(await override(`${TELEMETRY}@1.0.0`, '--reason', 'until tonight')).toMatchObject({ exit: 0 });
  });
});

describe('revoking', () => {
  let made: PackRoom;
  beforeAll(async () => {
    made = await revoked();
  });
  afterAll(() => made[Symbol.asyncDispose]());

  const revoke = (...args: string[]) => made.room.json('registry', 'revoke', made.registry.folder, ...args);

  test.each([
    ['a version nobody published', [`${TELEMETRY}@9.9.9`, '--reason', 'x'], 'pack/version-not-found'],
    ['a range', [`${TELEMETRY}@^1`, '--reason', 'x'], 'input/invalid'],
    ['without a reason', [`${TELEMETRY}@1.0.0`], 'input/conflicting-options'],
    ['with a severity that is none', [`${TELEMETRY}@1.0.0`, '--reason', 'x', '--severity', 'fatal'], 'input/invalid'],
    ['with a successor that is no name', [`${TELEMETRY}@1.0.0`, '--reason', 'x', '--successor', '?'], 'input/invalid'],
  ])('%s is refused', async (_, args, code) => {
    expect((await revoke(...args, ...revokers(made))).error).toMatchObject({ code });
  });

  test('with a key that may not is refused, also with the registry’s own', async () => {
    for (const who of ['publisher', 'stranger', 'registry'] as const) {
      const keys = ['--revoker', made.registry.keyFile(who), '--key', made.registry.keyFile('registry')];
      expect((await revoke(`${TELEMETRY}@1.0.0`, '--reason', 'x', ...keys)).exit).not.toBe(0);
    }
  });
});
