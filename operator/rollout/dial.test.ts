import { GreenticError, type SplitEntry } from '@greentic/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { SHOP } from '../testing/published-packs.ts';
import { DEPLOYMENT, RolloutBed, revisionId } from '../testing/rollout-bed.ts';
import { clearDial, rollbackDial, turnDial } from './dial.ts';
import { stage } from './staging.ts';
import { warm } from './warming.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const all = (n: number): SplitEntry[] => [{ revision: revisionId(n), weightBps: 10_000 }];
const halves: SplitEntry[] = [1, 2].map((n) => ({ revision: revisionId(n), weightBps: 5000 }));

let bed: RolloutBed;
beforeEach(async () => {
  bed = await RolloutBed.create();
  for (const n of [1, 2, 3]) {
    await stage(bed.ports, bed.published.ports, { deployment: DEPLOYMENT, name: SHOP, range: '1.0.0' });
    if (n < 3) await warm(bed.ports, revisionId(n));
  }
  bed.platform.asked.length = 0;
  bed.runtime.reloads.length = 0;
});

const guard = async (fields: { idempotencyKey?: string } = {}) => {
  return { ifGeneration: (await bed.environment()).generation, updatedBy: 'ada', ...fields };
};
const turn = async (entries: SplitEntry[], ports = bed.ports) =>
  turnDial(ports, { deployment: DEPLOYMENT, entries }, await guard());
const dial = async () => (await bed.environment()).splits.find((split) => split.deployment === DEPLOYMENT);

/** Ports whose deployer must not be asked for. */
const withoutDeployer = () =>
  bed.with({
    deployer: async () => {
      throw new Error('The deployer was asked for.');
    },
  });

describe('turning the dial', () => {
  test('shows the split to the platform, stores it, and ends when the router serves it', async () => {
    expect(await turn(halves)).toMatchObject({ deployment: DEPLOYMENT, generation: 1, entries: halves });
    expect(bed.platform.asked).toEqual([`applySplit ${revisionId(1)}=5000 ${revisionId(2)}=5000`]);
    expect((await dial())?.entries).toEqual(halves);
    expect(bed.runtime.reloads).toEqual([(await bed.environment()).generation]);
  });

  test.each([
    ['weights that do not add up', [{ revision: revisionId(1), weightBps: 9999 }], 'traffic/sum'],
    ['a revision named twice', [...halves, ...halves].slice(0, 3), 'traffic/entry'],
    ['weight on a revision that is not ready', all(3), 'traffic/not-ready'],
    ['a revision nobody staged', all(9), 'revision/not-found'],
  ])('%s: refused before the deployer is asked for, and nothing changes', async (_what, entries, expected) => {
    const before = await bed.environment();
    await expect(turn(entries, withoutDeployer())).rejects.toThrow(code(expected));
    expect(await bed.environment()).toEqual(before);
    expect(bed.runtime.reloads).toEqual([]);
  });

  test('an old generation is env/stale, without the deployer being asked for', async () => {
    const old = await guard();
    await turn(all(1));
    const stale = turnDial(withoutDeployer(), { deployment: DEPLOYMENT, entries: all(2) }, old);
    await expect(stale).rejects.toThrow(code('env/stale'));
    expect((await dial())?.entries).toEqual(all(1));
  });

  test('somebody else who was faster while the platform got ready is env/stale', async () => {
    const deployer = async () => {
      await turn(all(1));
      return bed.platform;
    };
    await expect(turn(all(2), bed.with({ deployer }))).rejects.toThrow(code('env/stale'));
    expect((await dial())?.entries).toEqual(all(1));
  });

  test('a platform that cannot carry the split leaves the dial where it is', async () => {
    await turn(all(1));
    bed.platform.refuse.set('applySplit', new GreenticError('deploy/not-ready'));
    await expect(turn(all(2))).rejects.toThrow(code('deploy/not-ready'));
    expect((await dial())?.entries).toEqual(all(1));
  });

  test('a router that does not take it up is runtime/not-acknowledged, with the change stored', async () => {
    bed.runtime.deaf = true;
    await expect(turn(all(1))).rejects.toThrow(code('runtime/not-acknowledged'));
    expect((await dial())?.entries).toEqual(all(1));
  });

  test('the same request again gets the stored result, at the generation it was made for', async () => {
    const same = await guard({ idempotencyKey: 'k1' });
    bed.runtime.deaf = true;
    const request = () => turnDial(bed.ports, { deployment: DEPLOYMENT, entries: all(1) }, same);
    await expect(request()).rejects.toThrow(code('runtime/not-acknowledged'));
    bed.runtime.deaf = false;
    expect(await request()).toMatchObject({ generation: 1, entries: all(1) });
    expect((await dial())?.generation).toBe(1);
    expect(bed.runtime.reloads.at(-1)).toBe((await bed.environment()).generation);
  });

  test('with nothing that serves, runtime/unreachable is thrown before anything changes', async () => {
    bed.runtime.unreachable = true;
    const before = await bed.environment();
    await expect(turn(all(1), withoutDeployer())).rejects.toThrow(code('runtime/unreachable'));
    expect(await bed.environment()).toEqual(before);
  });
});

describe('rolling back', () => {
  test('serves the split before again, without the deployer', async () => {
    await turn(all(1));
    await turn(halves);
    const back = await rollbackDial(withoutDeployer(), { deployment: DEPLOYMENT }, await guard());
    expect(back).toMatchObject({ generation: 3, entries: all(1) });
    expect(bed.runtime.reloads.at(-1)).toBe((await bed.environment()).generation);
  });

  test('with no earlier split is traffic/no-history', async () => {
    await turn(all(1));
    const back = rollbackDial(withoutDeployer(), { deployment: DEPLOYMENT }, await guard());
    await expect(back).rejects.toThrow(code('traffic/no-history'));
  });

  test('to a revision that is not ready any more is traffic/not-ready, and the dial stays', async () => {
    await turn(all(1));
    await turn(all(2));
    await bed.leave(1, 'failed');
    const back = rollbackDial(withoutDeployer(), { deployment: DEPLOYMENT }, await guard());
    await expect(back).rejects.toThrow(code('traffic/not-ready'));
    expect((await dial())?.entries).toEqual(all(2));
  });

  test('an old generation is env/stale', async () => {
    await turn(all(1));
    const old = await guard();
    await turn(all(2));
    const back = rollbackDial(withoutDeployer(), { deployment: DEPLOYMENT }, old);
    await expect(back).rejects.toThrow(code('env/stale'));
  });
});

describe('clearing', () => {
  test('takes the dial away without the deployer, and the router hears of it', async () => {
    await turn(all(1));
    expect(await clearDial(withoutDeployer(), { deployment: DEPLOYMENT }, await guard())).toEqual({
      deployment: DEPLOYMENT,
    });
    expect(await dial()).toBeUndefined();
    expect(bed.runtime.reloads.at(-1)).toBe((await bed.environment()).generation);
  });

  test('an old generation is env/stale', async () => {
    const old = await guard();
    await turn(all(1));
    await expect(clearDial(withoutDeployer(), { deployment: DEPLOYMENT }, old)).rejects.toThrow(code('env/stale'));
  });
});
