import { GreenticError, type RevisionId } from '@greentic/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { SHOP } from '../testing/published-packs.ts';
import { DEPLOYMENT, RolloutBed, revisionId } from '../testing/rollout-bed.ts';
import { turnDial } from './dial.ts';
import { archive, drain } from './retirement.ts';
import { stage } from './staging.ts';
import { warm } from './warming.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const first = revisionId(1);

let bed: RolloutBed;
beforeEach(async () => {
  bed = await RolloutBed.create();
  await stage(bed.ports, bed.published.ports, { deployment: DEPLOYMENT, name: SHOP, range: '1.0.0' });
  await warm(bed.ports, first);
  bed.platform.asked.length = 0;
  bed.runtime.reloads.length = 0;
});

async function giveTraffic(): Promise<void> {
  const { generation } = await bed.environment();
  const entries = [{ revision: first, weightBps: 10_000 }];
  await turnDial(bed.ports, { deployment: DEPLOYMENT, entries }, { ifGeneration: generation, updatedBy: 'ada' });
  bed.platform.asked.length = 0;
}

describe('draining', () => {
  test('the router stops sending before the platform is told, and the revision is inactive when it is gone', async () => {
    const order: string[] = [];
    const { reload } = bed.runtime;
    bed.runtime.reload = async (generation) => {
      order.push(`reload while ${(await bed.revision(1))?.state}`);
      await reload.call(bed.runtime, generation);
    };
    const deployer = async () => {
      order.push('deployer');
      return bed.platform;
    };
    bed.platform.slowness = 2;
    expect(await drain(bed.with({ deployer }), first)).toEqual({ revision: first, state: 'inactive' });
    expect(order[0]).toBe('reload while draining');
    expect(order[1]).toBe('deployer');
    expect(order.at(-1)).toBe('reload while inactive');
  });

  test('a revision with traffic is refused with revision/in-use, and no platform is asked', async () => {
    await giveTraffic();
    await expect(drain(bed.ports, first)).rejects.toThrow(code('revision/in-use'));
    expect(bed.platform.asked).toEqual([]);
  });

  test('a worker that still runs after the time is deploy/not-ready, and the revision stays draining', async () => {
    bed.platform.slowness = Number.POSITIVE_INFINITY;
    await expect(drain(bed.ports, first, { drainedWithinMs: 200 })).rejects.toThrow(code('deploy/not-ready'));
    expect((await bed.revision(1))?.state).toBe('draining');
  });

  test('an order that was cut short is gone on with', async () => {
    bed.platform.slowness = Number.POSITIVE_INFINITY;
    await expect(drain(bed.ports, first, { drainedWithinMs: 200 })).rejects.toThrow(code('deploy/not-ready'));
    bed.platform.slowness = 0;
    expect((await drain(bed.ports, first)).state).toBe('inactive');
  });

  test('a platform that has lost the revision has drained it', async () => {
    bed.platform.known.clear();
    expect((await drain(bed.ports, first)).state).toBe('inactive');
  });

  test('an inactive revision is drained already: nothing is asked and nothing changes', async () => {
    await drain(bed.ports, first);
    const before = await bed.environment();
    bed.platform.asked.length = 0;
    expect(await drain(bed.ports, first)).toEqual({ revision: first, state: 'inactive' });
    expect(await bed.environment()).toEqual(before);
    expect(bed.platform.asked).toEqual([]);
  });

  test('a drained revision can be warmed again', async () => {
    await drain(bed.ports, first);
    expect((await warm(bed.ports, first)).state).toBe('ready');
  });

  test('with nothing that serves, runtime/unreachable is thrown before anything changes', async () => {
    bed.runtime.unreachable = true;
    const before = await bed.environment();
    await expect(drain(bed.ports, first)).rejects.toThrow(code('runtime/unreachable'));
    await expect(archive(bed.ports, first)).rejects.toThrow(code('runtime/unreachable'));
    expect(await bed.environment()).toEqual(before);
  });
});

describe('archiving', () => {
  test('a ready revision is drained first; then nothing is left of it on the platform', async () => {
    expect(await archive(bed.ports, first)).toEqual({ revision: first, state: 'archived' });
    expect(bed.platform.asked).toEqual([`drain ${first}`, `archive ${first}`]);
    expect(bed.platform.known.size).toBe(0);
    expect((await bed.revision(1))?.state).toBe('archived');
  });

  test('a revision with traffic is refused with revision/in-use', async () => {
    await giveTraffic();
    await expect(archive(bed.ports, first)).rejects.toThrow(code('revision/in-use'));
    expect((await bed.revision(1))?.state).toBe('ready');
  });

  test('a revision left draining is drained to its end first', async () => {
    await bed.leave(1, 'draining');
    await archive(bed.ports, first);
    expect(bed.platform.asked).toEqual([`drain ${first}`, `archive ${first}`]);
  });

  test.each(['staged', 'warming', 'failed', 'inactive'] as const)(
    'a %s revision is archived as it is',
    async (state) => {
      await bed.leave(1, state);
      expect((await archive(bed.ports, first)).state).toBe('archived');
      expect(bed.platform.known.size).toBe(0);
    },
  );

  test('told again, it removes what a killed command left on the platform', async () => {
    bed.platform.refuse.set('archive', new GreenticError('egress/failed'));
    await expect(archive(bed.ports, first)).rejects.toThrow(code('egress/failed'));
    expect((await bed.revision(1))?.state).toBe('archived');
    bed.platform.refuse.clear();
    expect((await archive(bed.ports, first)).state).toBe('archived');
    expect(bed.platform.known.size).toBe(0);
  });

  test('a revision nobody staged is revision/not-found', async () => {
    await expect(archive(bed.ports, 'shop.ada.7' as RevisionId)).rejects.toThrow(code('revision/not-found'));
  });
});
