import type { Check } from '../../check.ts';
import { ask, deploy, readyEndpoint, specOf, splitOf } from './rollout.ts';

const MINE = 'desk.acme.1';
const NEXT = 'desk.acme.2';
const THEIRS = 'desk.rival.1';

export const deploymentsStayApart: Check<'deployer'> = {
  id: 'DEP-17',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'Whatever is done to one customer’s deployment, the other’s inventory and processes stay the same.',
  clause: 'A revision belongs to one deployment; every method acts on the revisions it names.',
  hint: 'Select by the whole revision id, never by bundle or a prefix.',
  minObservations: 10,
  async run(kit) {
    const { pack, environment } = kit;
    const [endpoint = ''] = await deploy(kit, THEIRS);
    const before = kit.workers.digest(environment, 'desk.rival');
    const mine = { environment, revision: MINE };
    const steps = {
      stage: () => pack.stage({ revision: specOf(kit, MINE) }),
      warm: () => pack.warm(mine),
      'a second revision': () => deploy(kit, NEXT),
      observe: () => readyEndpoint(kit, MINE),
      applySplit: () => pack.applySplit(splitOf(kit, { [MINE]: 5000, [NEXT]: 5000 })),
      drain: () => pack.drain(mine),
      archive: () => pack.archive(mine),
      'the archive of the second': () => pack.archive({ environment, revision: NEXT }),
    };
    for (const [name, step] of Object.entries(steps)) {
      await step();
      kit.equal(kit.workers.digest(environment, 'desk.rival'), before, `The other deployment after ${name}`);
    }
    kit.equal((await ask(kit, endpoint)).revision, THEIRS, 'Who answers at the other deployment');
    kit.equal(kit.workers.inventory(environment).length, 1, 'The number of revisions left');
  },
};
