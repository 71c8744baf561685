import type { Check } from '../../check.ts';
import { deploy, look, splitOf } from './rollout.ts';

const KEPT = 'desk.acme.1';
const LOST = 'desk.acme.2';
const REMOVED = 'desk.acme.3';

export const observeTellsTheTruth: Check<'deployer'> = {
  id: 'DEP-20',
  rev: 2,
  slot: 'deployer',
  level: 'core',
  title: 'A worker that the platform lost is not shown ready any more, and one that it no longer knows is absent.',
  clause: 'observe: what the platform shows now of the revisions asked for. Changes nothing.',
  hint: 'Ask the platform each time; do not answer from memory.',
  minObservations: 10,
  async run(kit) {
    const { environment, workers, pack } = kit;
    await deploy(kit, KEPT, LOST, REMOVED);
    await workers.lose(environment, LOST);
    await workers.portOf(environment).remove({ revision: REMOVED });
    const { changes } = workers;
    const before = workers.digest(environment);
    const lost = await look(kit, LOST);
    kit.expect(lost.phase !== 'ready', `${LOST} is shown ${lost.phase}, though its worker is dead.`);
    kit.equal(lost.endpoint, null, 'The endpoint shown of a dead worker');
    const { phase, endpoint } = await look(kit, REMOVED);
    kit.equal({ phase, endpoint }, { phase: 'absent', endpoint: null }, 'What is shown of a removed worker');
    kit.equal((await look(kit, KEPT)).phase, 'ready', 'What is shown of the worker that stayed');
    const { revisions } = await pack.observe({ environment, revisions: [REMOVED, KEPT, LOST] });
    const shown = revisions.map((each) => each.revision).sort();
    kit.equal(shown, [KEPT, LOST, REMOVED], 'The list of revisions shown when three are asked for');
    const split = pack.applySplit(splitOf(kit, { [KEPT]: 5000, [LOST]: 5000 }));
    await kit.refused(split, ['deploy/not-ready', 'deploy/revision-unknown'], 'A split towards a dead worker');
    kit.equal(workers.changes, changes, 'The number of changes that looking made');
    kit.equal(workers.digest(environment), before, 'The inventory after looking');
  },
};
