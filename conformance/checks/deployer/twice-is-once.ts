import type { Check } from '../../check.ts';
import { assertVisible, readyEndpoint, specOf, splitOf } from './rollout.ts';

export const twiceIsOnce: Check<'deployer'> = {
  id: 'DEP-02',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'Every method called twice has the effect of one call: the same inventory, the same processes.',
  clause: 'Every method may be called twice with the same input and has the effect of one call.',
  hint: 'Look at what the platform has before changing it.',
  minObservations: 10,
  async run(kit) {
    const { pack, environment } = kit;
    assertVisible(kit);
    const revision = 'desk.acme.1';
    const ref = { environment, revision };
    const steps = {
      stage: () => pack.stage({ revision: specOf(kit, revision) }),
      warm: async () => {
        await pack.warm(ref);
        await readyEndpoint(kit, revision);
      },
      observe: () => pack.observe({ environment, revisions: [revision] }),
      applySplit: () => pack.applySplit(splitOf(kit, { [revision]: 10_000 })),
      drain: () => pack.drain(ref),
      archive: () => pack.archive(ref),
      destroy: () => pack.destroy({ environment }),
    };
    const known = { stage: 1, warm: 1, observe: 1, applySplit: 1, drain: 1, archive: 0, destroy: 0 };
    for (const [name, step] of Object.entries(steps)) {
      await step();
      const first = kit.workers.inventory(environment);
      await step();
      kit.equal(kit.workers.inventory(environment), first, `The inventory after the second ${name}`);
      kit.equal(first.length, known[name as keyof typeof steps], `The number of revisions known after ${name}`);
    }
  },
};
