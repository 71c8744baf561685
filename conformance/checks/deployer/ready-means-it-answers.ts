import { digestOf } from '@greentic/core';
import type { Check } from '../../check.ts';
import { ask, deploy, recorded } from './rollout.ts';

export const readyMeansItAnswers: Check<'deployer'> = {
  id: 'DEP-01',
  rev: 1,
  slot: 'deployer',
  level: 'core',
  title: 'What is shown ready answers by itself, as exactly that revision of that bundle.',
  clause: 'observe shows what the platform shows now; what the platform shows counts, not what a method returned.',
  hint: 'Run the bundle that was staged, and show the endpoint that the platform shows.',
  minObservations: 8,
  async run(kit) {
    const revisions = ['desk.acme.1', 'desk.acme.2'];
    const endpoints = await deploy(kit, ...revisions);
    for (const [i, revision] of revisions.entries()) {
      const { nonce: _nonce, ...answer } = await ask(kit, endpoints[i] ?? '');
      const bootId = recorded(kit, revision)?.bootId;
      kit.equal(answer, { revision, bundleDigest: digestOf(revision), bootId }, `Who answers at ${endpoints[i]}`);
    }
  },
};
