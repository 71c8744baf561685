import type { Check } from '../../check.ts';

const STEPS = 200;
const SESSIONS = 25;
const REVISIONS = ['desk.acme.1', 'desk.acme.2', 'desk.acme.3'];

export const countsAreTrue: Check<'sessions'> = {
  id: 'SES-18',
  rev: 1,
  slot: 'sessions',
  level: 'core',
  title: `After ${STEPS} random steps the counts are those of the live pins, in all and for each revision.`,
  clause: 'count gives the live pins of a deployment, or of one revision of it.',
  hint: 'Count what is there instead of adding and subtracting on the side.',
  minObservations: STEPS,
  async run(kit) {
    const { pack, random } = kit;
    const deployment = 'desk.acme';
    const pins = new Map<string, string>();
    await pack.pin({ deployment: 'desk.rival', session: 'visitor-1', revision: 'desk.rival.1', ttlSeconds: 600 });
    for (let step = 0; step < STEPS; step++) {
      const session = `visitor-${random.below(SESSIONS)}`;
      const revision = REVISIONS[random.below(REVISIONS.length)] ?? '';
      if (random.below(3) === 0) {
        kit.equal(await pack.release({ deployment, session }), { released: pins.delete(session) }, 'A release');
      } else {
        const pinned = !pins.has(session);
        if (pinned) pins.set(session, revision);
        const answer = await pack.pin({ deployment, session, revision, ttlSeconds: 600 });
        kit.equal(answer, { revision: pins.get(session), pinned }, 'A pin');
      }
      if (step % 10 !== 0) continue;
      kit.equal(await pack.count({ deployment }), { count: pins.size }, `The count after ${step + 1} steps`);
      for (const each of REVISIONS) {
        const count = [...pins.values()].filter((pin) => pin === each).length;
        kit.equal(await pack.count({ deployment, revision: each }), { count }, `The count of ${each}`);
      }
    }
  },
};
