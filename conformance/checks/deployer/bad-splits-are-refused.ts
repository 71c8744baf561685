import type { Check } from '../../check.ts';
import { deploy, specOf, splitOf } from './rollout.ts';

const A = 'desk.acme.1';
const B = 'desk.acme.2';
const STAGED = 'desk.acme.3';

const MALFORMED: readonly unknown[][] = [
  [],
  [{ revision: A, weightBps: 9999 }],
  [{ revision: A, weightBps: 10_001 }],
  [
    { revision: A, weightBps: 5000 },
    { revision: A, weightBps: 5000 },
  ],
  [
    { revision: A, weightBps: -1 },
    { revision: B, weightBps: 10_001 },
  ],
  [
    { revision: A, weightBps: 0.5 },
    { revision: B, weightBps: 9999.5 },
  ],
  [{ revision: A, weightBps: Number.NaN }],
  [{ revision: A, weightBps: 2 ** 53 }],
  [{ revision: A, weightBps: '10000' }],
  [{ revision: '../desk', weightBps: 10_000 }],
];

export const badSplitsAreRefused: Check<'deployer'> = {
  id: 'DEP-07',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'A split that is malformed, or gives traffic to a revision that is not ready, is refused without effect.',
  clause: 'Weights add up to 10,000, each revision once; deploy/not-ready for one that cannot take traffic.',
  hint: 'Look at what the platform shows of each weighted revision before publishing the split.',
  minObservations: MALFORMED.length + 6,
  async run(kit) {
    const { pack, life, environment } = kit;
    await deploy(kit, A, B);
    await pack.stage({ revision: specOf(kit, STAGED) });
    const { changes } = kit.workers;
    const before = kit.workers.digest(environment);
    for (const entries of MALFORMED) {
      const call = life.call('applySplit', { environment, deployment: 'desk.acme', entries });
      await kit.refused(call, 'input/invalid', `The split ${JSON.stringify(entries)}`);
    }
    for (const shares of [{ [STAGED]: 10_000 }, { [A]: 9999, [STAGED]: 1 }]) {
      const split = pack.applySplit(splitOf(kit, shares));
      await kit.refused(split, 'deploy/not-ready', 'A split towards a revision that is only staged');
    }
    for (const shares of [{ [A]: 10_000 }, { [A]: 9999, [B]: 1 }, { [A]: 0, [B]: 10_000 }]) {
      kit.equal(await pack.applySplit(splitOf(kit, shares)), {}, `The split ${JSON.stringify(shares)}`);
    }
    kit.equal(kit.workers.changes, changes, 'The number of changes at the provider');
    kit.equal(kit.workers.digest(environment), before, 'The inventory');
  },
};
