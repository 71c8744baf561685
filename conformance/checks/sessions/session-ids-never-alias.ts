import type { Check } from '../../check.ts';

const IDS = [
  'visitor',
  'Visitor',
  'visitor ',
  ' visitor',
  'visitor\u0000',
  'visitor\n',
  'é',
  'e\u0301',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '*',
  'visitor*',
  '$visitor\r\nDEL visitor\r\n',
  "' OR 1=1 --",
  '../visitor',
  '😀',
  'x'.repeat(255),
  'x'.repeat(256),
];

export const sessionIdsNeverAlias: Check<'sessions'> = {
  id: 'SES-17',
  rev: 2,
  slot: 'sessions',
  level: 'core',
  title: 'Hostile session ids are taken as they are, and no two of them share a pin.',
  clause: 'An id is 1 to 256 bytes of UTF-8, any of them.',
  hint: 'Use ids as keys of a Map or of the durable map; never as a pattern, a command or a property name.',
  minObservations: IDS.length * 2 + 3,
  async run(kit) {
    const { pack } = kit;
    const deployment = 'desk.acme';
    const revisionOf = (i: number) => `desk.acme.${i + 1}`;
    for (const [i, session] of IDS.entries()) {
      const pinned = await pack.pin({ deployment, session, revision: revisionOf(i), ttlSeconds: 600 });
      kit.equal(
        pinned,
        { revision: revisionOf(i), pinned: true },
        `The first pin of ${JSON.stringify(session.slice(0, 30))}`,
      );
    }
    for (const [i, session] of IDS.entries()) {
      const found = await pack.lookup({ deployment, session });
      kit.equal(found, { revision: revisionOf(i) }, `The pin of ${JSON.stringify(session.slice(0, 30))}`);
    }
    kit.equal(await pack.count({ deployment }), { count: IDS.length }, 'The number of pins');
    kit.equal(await pack.release({ deployment, session: 'visitor' }), { released: true }, 'The release of one pin');
    kit.equal(await pack.count({ deployment }), { count: IDS.length - 1 }, 'The number of pins after it');
  },
};
