import { expect, test } from 'vitest';
import { oneKey } from '../publish/registry-key.ts';
import { KEYS, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import type { LogEvent } from './access-log.ts';
import { TimestampKeeper } from './timestamp-keeper.ts';

const DAY = 86_400_000;

async function keeping(registry: SampleRegistry) {
  const clock = { now: T0.getTime() };
  const log: LogEvent[] = [];
  const now = () => new Date(clock.now);
  const keys = oneKey(KEYS.registry.secretKey);
  const keeper = await TimestampKeeper.start({ folder: registry.folder, keys, now, log: (event) => log.push(event) });
  return { clock, log, keeper, now };
}

test('the timestamp is signed anew when half of its seven days are over, and not before', async () => {
  await using registry = await SampleRegistry.create();
  const { clock, log, keeper } = await keeping(registry);
  using _ = keeper;
  clock.now = T0.getTime() + 3.4 * DAY;
  await keeper.check();
  expect(log).toEqual([]);
  clock.now = T0.getTime() + 3.6 * DAY;
  await keeper.check();
  expect(log).toMatchObject([{ event: 'resealed' }]);
});

test('an index that is kept can be read for as long as the roles of its publishers hold', async () => {
  await using registry = await SampleRegistry.create();
  await registry.publish(samplePack());
  const { clock, keeper, now } = await keeping(registry);
  using _ = keeper;
  for (let day = 1; day <= 60; day++) {
    clock.now = T0.getTime() + day * DAY;
    await keeper.check();
  }
  expect((await registry.install({ now })).artifact.version).toBe('1.0.0');
});

test('an index that expired while nothing ran is fresh again when it starts', async () => {
  await using registry = await SampleRegistry.create();
  await registry.publish(samplePack());
  const later = new Date(T0.getTime() + 20 * DAY);
  await expect(registry.install({ now: () => later })).rejects.toMatchObject({ code: 'index/expired' });
  const keys = oneKey(KEYS.registry.secretKey);
  using _ = await TimestampKeeper.start({ folder: registry.folder, keys, now: () => later, log: () => undefined });
  expect((await registry.install({ now: () => later })).artifact.version).toBe('1.0.0');
});

test('what goes wrong is logged, and the next check tries again', async () => {
  await using registry = await SampleRegistry.create();
  const { clock, log, keeper } = await keeping(registry);
  using _ = keeper;
  // Long after the registry's own targets expired: a reader would refuse what the keeper signs.
  clock.now = T0.getTime() + 91 * DAY;
  await keeper.check();
  await keeper.check();
  expect(log).toMatchObject([{ event: 'reseal-failed', code: 'index/expired' }, { event: 'reseal-failed' }]);
});
