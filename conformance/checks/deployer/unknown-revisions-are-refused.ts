import type { Check } from '../../check.ts';
import { deploy, look, splitOf } from './rollout.ts';

export const unknownRevisionsAreRefused: Check<'deployer'> = {
  id: 'DEP-06',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'A revision nobody staged is deploy/revision-unknown or absent, and nothing happens at the provider.',
  clause: 'Unknown: deploy/revision-unknown; for archive, unknown is success.',
  hint: 'Look the revision up before ordering anything.',
  minObservations: 10,
  async run(kit) {
    const { pack, environment } = kit;
    await deploy(kit, 'desk.acme.1');
    const { changes } = kit.workers;
    const before = kit.workers.digest(environment);
    for (const revision of ['desk.acme.2', 'desk.rival.1', 'desk.acme.10']) {
      const ref = { environment, revision };
      await kit.refused(pack.warm(ref), 'deploy/revision-unknown', `Warming ${revision}`);
      await kit.refused(pack.drain(ref), 'deploy/revision-unknown', `Draining ${revision}`);
      const split = pack.applySplit(splitOf(kit, { [revision]: 10_000 }));
      await kit.refused(split, 'deploy/revision-unknown', `A split towards ${revision}`);
      kit.equal(await pack.archive(ref), {}, `Archiving ${revision}`);
      const { phase, endpoint } = await look(kit, revision);
      kit.equal({ phase, endpoint }, { phase: 'absent', endpoint: null }, `What is shown of ${revision}`);
    }
    kit.equal(kit.workers.changes, changes, 'The number of changes at the provider');
    kit.equal(kit.workers.digest(environment), before, 'The inventory');
  },
};
