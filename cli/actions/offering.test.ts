import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PackRoom, TELEMETRY } from '../testing/pack-room.ts';

describe('what a publisher says of his versions', () => {
  test('a version taken back is given to nobody new, and offered again when he says so', async () => {
    await using made = await PackRoom.create();
    await made.publish('1.1.0');
    const yank = (...args: string[]) => made.done('pack', 'yank', `${TELEMETRY}@1.1.0`, ...args, ...made.offering());
    await yank('--reason', 'loses records');
    expect(await made.packs('update', 'telemetry', '--to', '1.1.0')).toMatchObject({
      exit: 3,
      error: { code: 'pack/yanked' },
    });
    expect(await made.packs('update', 'telemetry')).toMatchObject({ exit: 0, result: { changed: false } });
    await yank('--undo');
    expect(await made.packs('update', 'telemetry')).toMatchObject({ exit: 0, result: { to: { version: '1.1.0' } } });
  });

  test('a closed channel leads to the next lower risk', async () => {
    await using made = await PackRoom.create();
    const release = (version: string, channel: string) =>
      made.done('pack', 'release', `${TELEMETRY}@${version}`, '--channel', channel, ...made.offering());
    const follow = (channel: string) => made.done('op', 'env-packs', 'update', 'local', 'telemetry', '--to', channel);
    for (const version of ['1.1.0', '1.2.0']) await made.publish(version);
    await release('1.2.0', 'edge');
    await release('1.1.0', 'stable');
    await follow('edge');
    expect(await made.bound()).toMatchObject({ version: '1.2.0' });
    await made.done('pack', 'close', TELEMETRY, '--channel', 'edge', ...made.offering());
    await follow('edge');
    expect(await made.bound()).toMatchObject({ version: '1.1.0' });
  });

  test('a deprecated name says so where it is looked at, with its successor', async () => {
    await using made = await PackRoom.create();
    const advise = ['--reason', 'See the successor.', '--successor', 'greentic.telemetry.next'];
    expect(await made.done('pack', 'deprecate', TELEMETRY, ...advise, ...made.offering())).toMatchObject({
      deprecation: { reason: 'See the successor.', successor: 'greentic.telemetry.next' },
    });
    await made.done('op', 'env-packs', 'add', 'local', TELEMETRY, '--replace', '--grant', 'all');
    const why = await made.done('op', 'env-packs', 'why', 'local', 'telemetry');
    expect(JSON.stringify(why)).toContain('greentic.telemetry.next');
  });
});

describe('what is offered', () => {
  let made: PackRoom;
  beforeAll(async () => {
    made = await PackRoom.create();
  });
  afterAll(() => made[Symbol.asyncDispose]());

  test.each([
    ['release', [`${TELEMETRY}@9.9.9`, '--channel', 'stable'], 'pack/version-not-found'],
    ['release', [`${TELEMETRY}@1.0.0`, '--channel', 'newest'], 'input/invalid'],
    ['release', [`${TELEMETRY}@^1`, '--channel', 'stable'], 'input/invalid'],
    ['yank', [`${TELEMETRY}@1.0.0`], 'input/conflicting-options'],
    ['yank', [`${TELEMETRY}@1.0.0`, '--reason', 'x', '--undo'], 'input/conflicting-options'],
    ['yank', ['greentic.telemetry.none@1.0.0', '--reason', 'x'], 'pack/version-not-found'],
    ['deprecate', [TELEMETRY], 'input/conflicting-options'],
  ])('is not changed by pack %s %j, which is refused with %s', async (verb, args, code) => {
    expect((await made.room.json('pack', verb, ...args, ...made.offering())).error).toMatchObject({ code });
  });

  test('is not changed by a stranger', async () => {
    const yank = ['pack', 'yank', `${TELEMETRY}@1.0.0`, '--reason', 'x', ...made.offering('stranger')];
    expect((await made.room.json(...yank)).exit).not.toBe(0);
    const added = await made.packs('add', `${TELEMETRY}@1.0.0`, '--replace', '--grant', 'all');
    expect(added).toMatchObject({ exit: 0 });
  });
});
