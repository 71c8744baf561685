import type { Check } from '../../check.ts';
import { ask, deploy, specOf } from './rollout.ts';

export const revisionsAreImmutable: Check<'deployer'> = {
  id: 'DEP-05',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'Staging another bundle under a known id is deploy/revision-conflict, and changes nothing.',
  clause: 'Another bundle under a known id: deploy/revision-conflict.',
  hint: 'Compare the digest with the one that was staged, and refuse before any change.',
  minObservations: 7,
  async run(kit) {
    const { pack, environment } = kit;
    const staged = 'desk.acme.1';
    const running = 'desk.acme.2';
    await pack.stage({ revision: specOf(kit, staged) });
    const [endpoint = ''] = await deploy(kit, running);
    const before = kit.workers.inventory(environment);
    const { changes } = kit.workers;
    for (const revision of [staged, running]) {
      const other = pack.stage({ revision: specOf(kit, revision, 'other content') });
      await kit.refused(other, 'deploy/revision-conflict', `Another bundle as ${revision}`);
    }
    kit.equal(kit.workers.inventory(environment), before, 'The inventory after the refusals');
    kit.equal(kit.workers.changes, changes, 'The number of changes at the provider');
    kit.equal(
      (await ask(kit, endpoint)).bundleDigest,
      specOf(kit, running).bundle.digest,
      'The bundle that still runs',
    );
  },
};
