import { GreenticError, type Label } from '@greentic/core';
import { beforeEach, describe, expect, test } from 'vitest';
import { SHOP } from '../testing/published-packs.ts';
import { RolloutBed } from '../testing/rollout-bed.ts';
import { type DeployOrder, deploy } from './deploy.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let bed: RolloutBed;
beforeEach(async () => {
  bed = await RolloutBed.create();
});

const order = (changes: Partial<DeployOrder> = {}) => {
  const wanted = { name: SHOP, range: '1.0.0', customer: 'bob' as Label, route: { pathPrefix: '/bob' }, ...changes };
  return deploy(bed.ports, bed.published.ports, wanted, { updatedBy: 'ada' });
};

describe('deploying', () => {
  test('the first time, adds the deployment and gives its revision all traffic', async () => {
    expect(await order()).toEqual({ deployment: 'shop.bob', revision: 'shop.bob.1', weightBps: 10_000 });
    const { deployments, splits } = await bed.environment();
    expect(deployments.find(({ id }) => id === 'shop.bob')?.route.pathPrefix).toBe('/bob');
    expect(splits).toMatchObject([
      { deployment: 'shop.bob', entries: [{ revision: 'shop.bob.1', weightBps: 10_000 }] },
    ]);
    expect(bed.platform.asked).toEqual(['stage shop.bob.1', 'warm shop.bob.1', 'applySplit shop.bob.1=10000']);
  });

  test('the second time, warms the new revision and keeps the dial where it is', async () => {
    await order();
    const before = (await bed.environment()).splits;
    expect(await order({ range: '2.0.0' })).toEqual({ deployment: 'shop.bob', revision: 'shop.bob.2', weightBps: 0 });
    const { splits, revisions } = await bed.environment();
    expect(splits).toEqual(before);
    expect(revisions.map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  test('a second customer on a route that is taken is refused with deployment/route-conflict, and nothing is staged', async () => {
    await order();
    const rival = order({ customer: 'eve' as Label });
    await expect(rival).rejects.toThrow(code('deployment/route-conflict'));
    const { deployments, revisions } = await bed.environment();
    expect(deployments.map(({ id }) => id)).toEqual(['shop.ada', 'shop.bob']);
    expect(revisions).toHaveLength(1);
  });

  test('a second customer on a route of its own gets its own revision', async () => {
    await order();
    expect(await order({ customer: 'eve' as Label, route: { pathPrefix: '/eve' } })).toMatchObject({
      revision: 'shop.eve.1',
      weightBps: 10_000,
    });
  });

  test('a revision that does not become ready gets no traffic', async () => {
    bed.runtime.witnessRefusals.push(new GreenticError('witness/mismatch'));
    await expect(order()).rejects.toThrow(code('witness/mismatch'));
    const { splits, revisions } = await bed.environment();
    expect(splits).toEqual([]);
    expect(revisions.map(({ state }) => state)).toEqual(['failed']);
  });

  test('repeated after a failure, deploys the next revision of the same deployment', async () => {
    bed.runtime.witnessRefusals.push(new GreenticError('witness/mismatch'));
    await expect(order()).rejects.toThrow(code('witness/mismatch'));
    expect(await order()).toEqual({ deployment: 'shop.bob', revision: 'shop.bob.2', weightBps: 10_000 });
  });

  test.each([
    ['a version nobody published', { range: '9.9.9' }, 'pack/version-not-found'],
    ['a bundle nobody published', { name: 'acme.bundle.shoop' as DeployOrder['name'] }, 'pack/not-found'],
  ])('%s is refused, and keeps no deployment and no route', async (_, changes, refusal) => {
    const { deployments } = await bed.environment();
    await expect(order(changes)).rejects.toThrow(code(refusal));
    expect((await bed.environment()).deployments).toEqual(deployments);
    expect(await order()).toMatchObject({ deployment: 'shop.bob', revision: 'shop.bob.1' });
  });

  test('a version that cannot be had leaves a deployment that was there before where it is', async () => {
    await order();
    const before = await bed.environment();
    await expect(order({ range: '9.9.9' })).rejects.toThrow(code('pack/version-not-found'));
    expect((await bed.environment()).deployments).toEqual(before.deployments);
  });

  test('a pack is not deployed, and nothing is asked or changed', async () => {
    const before = await bed.environment();
    const pack = order({ name: 'acme.secrets.vault' as DeployOrder['name'] });
    await expect(pack).rejects.toThrow(code('pack/slot-mismatch'));
    expect(await bed.environment()).toEqual(before);
  });

  test('with nothing that serves, runtime/unreachable is thrown before anything changes', async () => {
    bed.runtime.unreachable = true;
    const before = await bed.environment();
    await expect(order()).rejects.toThrow(code('runtime/unreachable'));
    expect(await bed.environment()).toEqual(before);
  });
});
