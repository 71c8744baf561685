import { isGreenticError, type Version } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEYS, SAMPLE, SampleRegistry, samplePack } from '../testing/sample-registry.ts';
import { channelOf } from '../tuf/channel.ts';
import { decodeVersions, type VersionsDocument } from '../tuf/versions-document.ts';
import { IndexChange } from './index-change.ts';
import { closeChannel, deprecate, releaseTo, yank } from './offering.ts';
import { changeVersions } from './versions-change.ts';

const VERSIONS = ['1.0.0', '2.0.0-rc.1'] as Version[];
const CHANNELS = [channelOf('stable'), channelOf('edge')];

/** What a registry has of a name, in the simplest terms. */
interface Model {
  readonly taken: Map<Version, boolean>;
  readonly channels: Map<string, Version>;
  deprecated: boolean;
}

/** A change of what is offered: what it does to the model, or the code it is refused with, and how it is really made. */
interface Step {
  readonly name: string;
  readonly expect: (model: Model) => string | undefined;
  readonly apply: (model: Model) => void;
  readonly make: (registry: SampleRegistry) => Promise<unknown>;
}

const version = fc.constantFrom(...VERSIONS);
const channel = fc.constantFrom(...CHANNELS);
const unknown = (model: Model, of: Version) => (model.taken.has(of) ? undefined : 'pack/version-not-found');

const publishing = fc.record({ of: version, channels: fc.subarray(CHANNELS) }).map(
  ({ of, channels }): Step => ({
    name: `publish ${of} in ${channels.join()}`,
    expect: (model) => (model.taken.has(of) ? 'pack/version-exists' : undefined),
    apply: (model) => {
      model.taken.set(of, false);
      for (const each of channels) model.channels.set(each, of);
    },
    make: (registry) => registry.publish(samplePack(of), undefined, { channels }),
  }),
);
const yanking = fc.record({ of: version, back: fc.boolean() }).map(
  ({ of, back }): Step => ({
    name: `${back ? 'take back' : 'offer'} ${of}`,
    expect: (model) => {
      const followed = back && [...model.channels.values()].includes(of);
      return unknown(model, of) ?? (followed ? 'pack/channel-open' : undefined);
    },
    apply: (model) => model.taken.set(of, back),
    make: ({ folder, keys }) =>
      yank(folder, { name: SAMPLE, version: of, reason: back ? 'Wrong.' : undefined, ...keys }),
  }),
);
const releasing = fc.record({ of: version, to: channel }).map(
  ({ of, to }): Step => ({
    name: `point ${to} at ${of}`,
    expect: (model) => unknown(model, of) ?? (model.taken.get(of) === true ? 'pack/yanked' : undefined),
    apply: (model) => model.channels.set(to, of),
    make: ({ folder, keys }) => releaseTo(folder, { name: SAMPLE, version: of, channel: to, ...keys }),
  }),
);
const closing = channel.map(
  (which): Step => ({
    name: `close ${which}`,
    expect: (model) => (model.channels.has(which) ? undefined : 'pack/channel-closed'),
    apply: (model) => model.channels.delete(which),
    make: ({ folder, keys }) => closeChannel(folder, { name: SAMPLE, channel: which, ...keys }),
  }),
);
const deprecating = fc.boolean().map(
  (on): Step => ({
    name: on ? 'deprecate' : 'care again',
    expect: (model) => (model.taken.size === 0 ? 'pack/not-found' : undefined),
    apply: (model) => {
      model.deprecated = on;
    },
    make: ({ folder, keys }) =>
      deprecate(folder, { name: SAMPLE, deprecation: on ? { reason: 'Old.' } : undefined, ...keys }),
  }),
);

/** What the index says now, in the terms of the model. */
async function modelOf({ folder, keys }: SampleRegistry): Promise<{ model: Model; timestamp: number }> {
  const change = await IndexChange.open(folder, keys);
  const role = await change.namespaceRole('acme');
  const bytes = await change.target(role, `acme/${SAMPLE}.json`, 2 ** 20);
  const empty: VersionsDocument = { schema: 'greentic.versions/1', name: SAMPLE, versions: [] };
  const { versions, channels = {}, deprecated } = bytes === undefined ? empty : decodeVersions(bytes, SAMPLE);
  const model = {
    taken: new Map(versions.map((entry) => [entry.version, entry.yanked !== undefined])),
    channels: new Map(Object.entries(channels)),
    deprecated: deprecated !== undefined,
  };
  return { model, timestamp: change.timestamp.version };
}

describe('what a publisher offers', () => {
  test('is after any steps what they say, one after the other; a refused step changes nothing at all', async () => {
    const steps = fc.array(fc.oneof(publishing, yanking, yanking, releasing, releasing, closing, deprecating), {
      minLength: 10,
      maxLength: 14,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await using registry = await SampleRegistry.create();
        const model: Model = { taken: new Map(), channels: new Map(), deprecated: false };
        for (const step of all) {
          const before = await modelOf(registry);
          const code = step.expect(model);
          const refused = await step.make(registry).then(
            () => undefined,
            (error: unknown) => (isGreenticError(error) ? error.code : error),
          );
          expect([step.name, refused]).toEqual([step.name, code]);
          if (code === undefined) step.apply(model);
          const after = await modelOf(registry);
          expect(after.model).toEqual(model);
          expect(after.timestamp).toBe(before.timestamp + (code === undefined ? 1 : 0));
          // What is taken back is what no channel names: whoever follows one would be refused.
          for (const named of after.model.channels.values()) expect(after.model.taken.get(named)).toBe(false);
        }
      }),
      { seed: 23, numRuns: 12 },
    );
  });

  test('is changed by one at a time: of many steps at once none is lost', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const steps = Array.from({ length: 8 }, (_, n) =>
      releaseTo(registry.folder, {
        name: SAMPLE,
        version: VERSIONS[0] as Version,
        channel: channelOf(`t${n}/stable`),
        ...registry.keys,
      }),
    );
    await Promise.all(steps);
    expect((await modelOf(registry)).model.channels.size).toBe(8);
  });

  test.each<[string, (document: VersionsDocument) => VersionsDocument | Promise<VersionsDocument>, string]>([
    [
      'names a channel after nothing',
      (document) => ({ ...document, channels: { 'latest/stable': '9.9.9' } }) as never,
      'index/invalid',
    ],
    ['is about another name', (document) => ({ ...document, name: 'acme.state.other' }) as never, 'index/invalid'],
    ['throws', () => Promise.reject(new Error('no')), 'no'],
  ])('is not changed by a decision that %s: readers would refuse it', async (_, decide, why) => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const before = await modelOf(registry);
    const change = changeVersions(registry.folder, SAMPLE, registry.keys, async (document) => ({
      document: await decide(document),
      result: undefined,
    }));
    await expect(change.catch((error) => (isGreenticError(error) ? error.code : error.message))).resolves.toBe(why);
    expect(await modelOf(registry)).toEqual(before);
  });

  test('is changed by nobody else: neither another publisher nor the registry’s own keys alone', async () => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const before = await modelOf(registry);
    const order = { name: SAMPLE, version: VERSIONS[0] as Version, reason: 'Wrong.', ...registry.keys };
    for (const namespaceKeys of [[], [KEYS.stranger.secretKey], [KEYS.registry.secretKey]])
      await expect(yank(registry.folder, { ...order, namespaceKeys })).rejects.toMatchObject({
        code: 'registry/namespace-denied',
      });
    const role = { secretKeys: [KEYS.acme.secretKey], threshold: 1 };
    const registryKeys = { snapshot: role, timestamp: role };
    await expect(yank(registry.folder, { ...order, registryKeys })).rejects.toMatchObject({ code: 'trust/threshold' });
    expect(await modelOf(registry)).toEqual(before);
  });
});
