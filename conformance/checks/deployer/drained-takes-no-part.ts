import type { Check } from '../../check.ts';
import { ask, deploy, look, readyEndpoint, recorded, specOf, splitOf } from './rollout.ts';

const STAGED = 'desk.acme.1';
const KEPT = 'desk.acme.2';
const DRAINED = 'desk.acme.3';

export const drainedTakesNoPart: Check<'deployer'> = {
  id: 'DEP-12',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'A staged revision does not run; a drained one is known, takes no traffic, and runs again when it is warmed.',
  clause: 'stage does not run it; drain takes no part in new requests, and a drained revision stays known.',
  hint: 'Start workers in warm alone, show a drained revision as draining or staged, and keep what warm needs.',
  minObservations: 12,
  async run(kit) {
    const { pack, environment } = kit;
    const endpoints = await deploy(kit, KEPT, DRAINED);
    await pack.stage({ revision: specOf(kit, STAGED) });
    kit.equal((await look(kit, STAGED)).phase, 'staged', 'What is shown of a revision that was only staged');
    kit.equal(recorded(kit, STAGED)?.phase, 'defined', 'What a revision that was only staged is to the provider');
    await pack.drain({ environment, revision: DRAINED });
    await kit.eventually('That a drained revision is not shown ready any more', async () => {
      return (await look(kit, DRAINED)).phase !== 'ready';
    });
    const { phase } = await look(kit, DRAINED);
    kit.expect(phase === 'draining' || phase === 'staged', `A drained revision is shown ${phase}.`);
    const split = pack.applySplit(splitOf(kit, { [KEPT]: 9999, [DRAINED]: 1 }));
    await kit.refused(split, 'deploy/not-ready', 'A split towards a drained revision');
    kit.equal((await ask(kit, endpoints[0] ?? '')).revision, KEPT, 'Who answers beside a drained revision');
    await pack.warm({ environment, revision: DRAINED });
    const again = await readyEndpoint(kit, DRAINED);
    kit.equal((await ask(kit, again)).revision, DRAINED, 'Who answers once a drained revision was warmed again');
  },
};
