import type { Check } from '../../check.ts';
import { ask, deploy, splitOf } from './rollout.ts';

const MOVES = 10;
const A = 'desk.acme.1';
const B = 'desk.acme.2';

export const theDialRestartsNothing: Check<'deployer'> = {
  id: 'DEP-10',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'Moving the dial forth and back restarts nothing: the same processes answer, and both stay warm.',
  clause: 'applySplit makes the platform ready to carry the split; undo never redeploys.',
  hint: 'Leave processes alone in applySplit, also those at weight 0: they are the way back.',
  minObservations: MOVES + 4,
  async run(kit) {
    const { pack, environment } = kit;
    const endpoints = await deploy(kit, A, B);
    const before = kit.workers.inventory(environment);
    for (let move = 0; move < MOVES; move++) {
      const share = move % 2 === 0 ? 10_000 : kit.random.below(10_001);
      await pack.applySplit(splitOf(kit, { [A]: share, [B]: 10_000 - share }));
      kit.equal(kit.workers.inventory(environment), before, `The inventory after move ${move + 1}`);
    }
    await pack.applySplit(splitOf(kit, { [A]: 10_000 }));
    for (const [i, endpoint] of endpoints.entries()) {
      kit.equal((await ask(kit, endpoint)).bootId, before[i]?.bootId, `The process behind ${endpoint}`);
    }
  },
};
