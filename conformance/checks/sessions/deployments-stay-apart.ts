import type { Check } from '../../check.ts';

export const deploymentsStayApart: Check<'sessions'> = {
  id: 'SES-12',
  rev: 1,
  slot: 'sessions',
  level: 'core',
  title: 'The same session of two deployments is two sessions.',
  clause: 'A session is named by its deployment and its id together.',
  hint: 'Join deployment and id with a separator that a deployment cannot hold.',
  minObservations: 9,
  async run(kit) {
    const { pack } = kit;
    const pins = [
      { deployment: 'desk.acme', session: 'same', revision: 'desk.acme.1' },
      { deployment: 'desk.rival', session: 'same', revision: 'desk.rival.1' },
      { deployment: 'desk.acm', session: 'esame', revision: 'desk.acm.1' },
    ];
    for (const pin of pins) {
      kit.equal(await pack.pin({ ...pin, ttlSeconds: 600 }), { revision: pin.revision, pinned: true }, 'A first pin');
    }
    for (const { revision, ...key } of pins)
      kit.equal(await pack.lookup(key), { revision }, `The pin of ${key.deployment}`);
    kit.equal(await pack.release({ deployment: 'desk.acme', session: 'same' }), { released: true }, 'The release');
    kit.equal(
      await pack.lookup({ deployment: 'desk.rival', session: 'same' }),
      { revision: 'desk.rival.1' },
      'The other pin',
    );
    kit.equal(await pack.count({ deployment: 'desk.acme' }), { count: 0 }, 'The pins of the first deployment');
  },
};
