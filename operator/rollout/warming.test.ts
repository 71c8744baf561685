import { GreenticError, type RevisionId } from '@greentic/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { SHOP } from '../testing/published-packs.ts';
import { DEPLOYMENT, RolloutBed, revisionId } from '../testing/rollout-bed.ts';
import { stage } from './staging.ts';
import { warm } from './warming.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const first = revisionId(1);

let bed: RolloutBed;
beforeEach(async () => {
  bed = await RolloutBed.create();
  await stage(bed.ports, bed.published.ports, { deployment: DEPLOYMENT, name: SHOP, range: '1.0.0' });
  bed.platform.asked.length = 0;
});

describe('warming', () => {
  test('ends when a witness saw the revision, and the router serves what is stored then', async () => {
    bed.platform.slowness = 3;
    expect(await warm(bed.ports, first)).toEqual({ revision: first, state: 'ready' });
    expect(await bed.revision(1)).toMatchObject({
      state: 'ready',
      endpoint: `unix:/run/${first}.sock`,
      witness: { revision: first, bootId: 'boot-1' },
    });
    expect(bed.runtime.reloads).toEqual([(await bed.environment()).generation]);
    expect(bed.steps).toEqual([`staged ${first}`, `warming ${first}`, `ready ${first}`]);
  });

  test('a worker that answers late is looked at again', async () => {
    bed.runtime.witnessRefusals.push(new GreenticError('worker/failed'), new GreenticError('worker/failed'));
    expect((await warm(bed.ports, first)).state).toBe('ready');
    expect(bed.runtime.witnessRefusals).toEqual([]);
  });

  test('a worker that answers as somebody else fails the revision at once: witness/mismatch', async () => {
    bed.runtime.witnessRefusals.push(new GreenticError('witness/mismatch', 'It is shop.eve.1.'));
    await expect(warm(bed.ports, first)).rejects.toThrow(code('witness/mismatch'));
    expect(await bed.revision(1)).toMatchObject({ state: 'failed', failure: 'It is shop.eve.1.' });
    expect(bed.runtime.reloads).toEqual([]);
  });

  test('a witness for another bundle than the one that was staged is refused by the store as well', async () => {
    const other = {
      revision: first,
      bundleDigest: `sha256:${'e'.repeat(64)}`,
      bootId: 'b',
      observedAt: '2030-01-01T00:00:00.000Z',
    };
    bed.runtime.witness = async () => other as Awaited<ReturnType<typeof bed.runtime.witness>>;
    await expect(warm(bed.ports, first)).rejects.toThrow(code('witness/mismatch'));
    expect((await bed.revision(1))?.state).not.toBe('ready');
  });

  test('a revision that is not ready in time fails with what was seen last', async () => {
    bed.platform.slowness = Number.POSITIVE_INFINITY;
    await expect(warm(bed.ports, first, { readyWithinMs: 200 })).rejects.toThrow(
      expect.objectContaining({ code: 'deploy/not-ready', message: expect.stringContaining('It is starting.') }),
    );
    expect((await bed.revision(1))?.state).toBe('failed');
  });

  test('a worker that never answers fails the revision when the time is over', async () => {
    bed.runtime.witness = async () => {
      throw new GreenticError('worker/failed');
    };
    await expect(warm(bed.ports, first, { readyWithinMs: 200 })).rejects.toThrow(code('deploy/not-ready'));
    expect((await bed.revision(1))?.state).toBe('failed');
  });

  test('a platform that says failed ends the wait', async () => {
    bed.platform.warm = async ({ revision }) => {
      const known = bed.platform.known.get(revision);
      if (known !== undefined) known.phase = 'failed';
      return {};
    };
    await expect(warm(bed.ports, first)).rejects.toThrow(code('deploy/not-ready'));
    expect((await bed.revision(1))?.failure).toContain('It is failed.');
  });

  test('a deployer that cannot be opened fails the revision', async () => {
    const deployer = async () => {
      throw new GreenticError('env/slot-empty', 'No pack fills the slot deployer.');
    };
    await expect(warm(bed.with({ deployer }), first)).rejects.toThrow(code('env/slot-empty'));
    expect(await bed.revision(1)).toMatchObject({ state: 'failed', failure: 'No pack fills the slot deployer.' });
  });

  test('with nothing that serves, runtime/unreachable is thrown before anything changes', async () => {
    bed.runtime.unreachable = true;
    const before = await bed.environment();
    await expect(warm(bed.ports, first)).rejects.toThrow(code('runtime/unreachable'));
    expect(await bed.environment()).toEqual(before);
    expect(bed.platform.asked).toEqual([]);
  });

  test('a revision nobody staged is revision/not-found', async () => {
    await expect(warm(bed.ports, 'shop.ada.7' as RevisionId)).rejects.toThrow(code('revision/not-found'));
  });
});

describe('warming again', () => {
  test('a ready revision asks no platform, and makes sure that the router knows', async () => {
    await warm(bed.ports, first);
    const { generation } = await bed.environment();
    bed.platform.asked.length = 0;
    expect(await warm(bed.ports, first)).toEqual({ revision: first, state: 'ready' });
    expect(bed.platform.asked).toEqual([]);
    expect(bed.runtime.reloads.at(-1)).toBe(generation);
  });

  test.each(['staged', 'warming', 'failed', 'inactive'] as const)(
    'a revision that a killed command left %s becomes ready',
    async (state) => {
      await bed.leave(1, state);
      expect((await warm(bed.ports, first)).state).toBe('ready');
      expect(await bed.revision(1)).toMatchObject({ state: 'ready', witness: { revision: first } });
    },
  );

  test.each(['staged', 'warming'] as const)(
    'a %s revision the platform never heard of is staged there first',
    async (state) => {
      bed.platform.known.clear();
      await bed.leave(1, state);
      await warm(bed.ports, first);
      expect(bed.platform.asked).toEqual([`stage ${first}`, `warm ${first}`]);
      expect(bed.platform.known.get(first)?.spec).toMatchObject({ customer: 'ada', deployment: DEPLOYMENT });
    },
  );

  test('a platform that knows the revision is not told again what it is', async () => {
    await warm(bed.ports, first);
    expect(bed.platform.asked).toEqual([`warm ${first}`]);
  });

  test.each(['draining', 'archived'] as const)('a %s revision is refused with revision/transition', async (state) => {
    await warm(bed.ports, first);
    await bed.leave(1, state);
    bed.platform.asked.length = 0;
    await expect(warm(bed.ports, first)).rejects.toThrow(code('revision/transition'));
    expect(bed.platform.asked).toEqual([]);
  });

  test('two at a time end with the revision ready', async () => {
    await Promise.allSettled([warm(bed.ports, first), warm(bed.ports, first)]);
    expect((await bed.revision(1))?.state).toBe('ready');
  });

  test('one that fails late does not fail the revision that another one brought to service', async () => {
    const late = bed.with({
      wait: async () => {
        await warm(bed.ports, first);
        throw new GreenticError('call/cancelled');
      },
    });
    bed.runtime.witnessRefusals.push(new GreenticError('worker/failed'));
    await expect(warm(late, first)).rejects.toThrow(code('call/cancelled'));
    expect((await bed.revision(1))?.state).toBe('ready');
  });
});
