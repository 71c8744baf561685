import type { Check } from '../../check.ts';
import { DURABLE } from '../pack/feature.ts';

const SESSIONS = 20;

export const durablePinsSurvive: Check<'sessions'> = {
  id: 'SES-03',
  rev: 1,
  slot: 'sessions',
  level: 'extended',
  title: 'A pack that declares "durable" keeps its pins over a kill and a restart.',
  clause: 'With the feature durable, a pin that was acknowledged outlives the pack’s process.',
  hint: 'Keep pins in the durable map, or do not declare the feature.',
  minObservations: SESSIONS * 2,
  feature: DURABLE,
  async run(kit) {
    const keys = Array.from({ length: SESSIONS }, (_, i) => ({ deployment: 'desk.acme', session: `visitor-${i}` }));
    const first = kit.open();
    for (const key of keys) await first.pack.pin({ ...key, revision: 'desk.acme.1', ttlSeconds: 600 });
    await first.kill();
    for (const key of keys) kit.equal(await first.pack.lookup(key), { revision: 'desk.acme.1' }, 'A pin after a kill');
    await first.close();
    const second = kit.open();
    for (const key of keys) {
      kit.equal(await second.pack.lookup(key), { revision: 'desk.acme.1' }, 'A pin after a restart');
    }
  },
};
