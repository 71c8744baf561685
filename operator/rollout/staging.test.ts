import { type ArtifactName, type DeploymentId, GreenticError } from '@greentic/core';
import { decodeLock } from '@greentic/registry';
import { beforeEach, describe, expect, test } from 'vitest';
import { SHOP, STATE, shopBundle } from '../testing/published-packs.ts';
import { DEPLOYMENT, RolloutBed, revisionId } from '../testing/rollout-bed.ts';
import { ENVIRONMENT } from '../testing/sample.ts';
import { stage } from './staging.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let bed: RolloutBed;
beforeEach(async () => {
  bed = await RolloutBed.create();
});

const order = (changes: Partial<Parameters<typeof stage>[2]> = {}) => {
  return stage(bed.ports, bed.published.ports, { deployment: DEPLOYMENT, name: SHOP, range: '*', ...changes });
};

describe('staging', () => {
  test('freezes the bundle that was admitted, locks it and tells the deployer all it needs', async () => {
    expect(await order({ range: '1.0.0' })).toEqual({ revision: revisionId(1), state: 'staged' });
    const { digest } = shopBundle('1.0.0');
    const bundle = { name: SHOP, version: '1.0.0', digest };
    expect(await bed.revision(1)).toMatchObject({ state: 'staged', bundle });
    const { lock = new Uint8Array() } = await bed.published.snapshot();
    expect(decodeLock(lock).entries.map((entry) => entry.digest)).toEqual([digest]);
    expect(bed.platform.known.get(revisionId(1))?.spec).toEqual({
      environment: ENVIRONMENT,
      deployment: DEPLOYMENT,
      customer: 'ada',
      revision: revisionId(1),
      bundle,
    });
  });

  test('what was admitted under a trust root that changed meanwhile makes no revision', async () => {
    const { store } = bed.ports;
    const mutate: typeof store.mutate = async (name, request) => {
      if (request.verb === 'revisions.stage') await bed.published.changeTrustRoot();
      return await store.mutate(name, request);
    };
    const overtaken = { ...bed.ports, store: { read: (name) => store.read(name), mutate } as typeof store };
    const staging = stage(overtaken, bed.published.ports, { deployment: DEPLOYMENT, name: SHOP, range: '*' });
    await expect(staging).rejects.toThrow(code('env/stale'));
    expect((await bed.environment()).revisions).toEqual([]);
    expect(bed.platform.asked).toEqual([]);
  });

  test('a deployer that refuses leaves the revision failed, with its reason', async () => {
    bed.platform.refuse.set('stage', new GreenticError('deploy/revision-conflict', 'There is no room.'));
    await expect(order()).rejects.toThrow(code('deploy/revision-conflict'));
    expect(await bed.revision(1)).toMatchObject({ state: 'failed', failure: 'There is no room.' });
  });

  test('a bundle that is not admitted makes no revision, asks no deployer and is in the audit', async () => {
    await bed.published.publish(shopBundle('9.0.0'), []);
    await expect(order({ range: '9.0.0' })).rejects.toThrow(code('trust/threshold'));
    expect(await bed.revision(1)).toBeUndefined();
    expect(bed.platform.asked).toEqual([]);
    expect((await bed.published.store.events(ENVIRONMENT)).at(-1)).toMatchObject({
      verb: 'revisions.stage',
      outcome: 'refused',
      decision: { verdict: 'refused' },
    });
  });

  test.each([
    ['a deployment that is not there', { deployment: 'shop.nobody' as DeploymentId }, 'deployment/not-found'],
    ['a pack in place of a bundle', { name: STATE }, 'pack/slot-mismatch'],
    ['a bundle nobody published', { name: 'acme.bundle.other' as ArtifactName }, 'pack/not-found'],
  ])('%s is refused, and no deployer is asked', async (_what, changes, expected) => {
    await expect(order(changes)).rejects.toThrow(code(expected));
    expect(bed.platform.asked).toEqual([]);
  });

  test('the same request again makes no second revision', async () => {
    const first = await order({ idempotencyKey: 'k1' });
    expect(await order({ idempotencyKey: 'k1' })).toEqual(first);
    expect((await bed.environment()).revisions).toHaveLength(1);
    expect(bed.platform.asked).toEqual([`stage ${revisionId(1)}`]);
  });

  test('two versions are two revisions, both locked', async () => {
    await order({ range: '1.0.0' });
    await order({ range: '2.0.0' });
    const { environment, lock = new Uint8Array() } = await bed.published.snapshot();
    expect(environment.revisions.map(({ bundle }) => bundle.version)).toEqual(['1.0.0', '2.0.0']);
    expect(decodeLock(lock).entries.map(({ version }) => version)).toEqual(['1.0.0', '2.0.0']);
  });
});
