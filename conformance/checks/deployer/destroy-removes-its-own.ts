import type { Check } from '../../check.ts';
import { ask, deploy, look, specOf } from './rollout.ts';

const NEIGHBOUR = 'neighbour';

export const destroyRemovesItsOwn: Check<'deployer'> = {
  id: 'DEP-29',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'destroy removes everything of its environment, running or not, and nothing of another.',
  clause: 'destroy removes everything of the environment that this pack made, and nothing else.',
  hint: 'List what the platform has of the environment, and remove each; do not rely on memory.',
  minObservations: 6,
  async run(kit) {
    const { pack, environment } = kit;
    await deploy(kit, 'desk.acme.1', 'desk.rival.1');
    await pack.stage({ revision: specOf(kit, 'desk.acme.2') });
    const neighbour = kit.open(NEIGHBOUR).pack;
    const ref = { environment: NEIGHBOUR, revision: 'desk.acme.1' };
    await neighbour.stage({ revision: { ...specOf(kit, ref.revision), environment: NEIGHBOUR } });
    await neighbour.warm(ref);
    const endpoint = await kit.eventually('That the neighbour’s revision is ready', async () => {
      const { revisions } = await neighbour.observe({ environment: NEIGHBOUR, revisions: [ref.revision] });
      return revisions[0]?.endpoint ?? undefined;
    });
    const before = kit.workers.digest(NEIGHBOUR);
    // A process that did not stage them has to find them as well.
    await kit.life.kill();
    await pack.destroy({ environment });
    kit.equal(kit.workers.inventory(environment), [], 'The inventory of the environment');
    kit.equal((await look(kit, 'desk.acme.1')).phase, 'absent', 'What is shown after destroy');
    kit.equal(kit.workers.digest(NEIGHBOUR), before, 'The inventory of the other environment');
    kit.equal((await ask(kit, endpoint)).revision, ref.revision, 'Who answers in the other environment');
  },
};
