import type { Check } from '../../check.ts';

const SESSIONS = 20;
const AT_ONCE = 32;

export const firstPinWins: Check<'sessions'> = {
  id: 'SES-02',
  rev: 1,
  slot: 'sessions',
  level: 'core',
  title: `Of ${AT_ONCE} first pins at once one wins, and all are told the same revision.`,
  clause: 'The first pin wins: `revision` is the one in force, `pinned` whether this call set it.',
  hint: 'Decide and write in one step: nothing may be awaited in between, or the commit has to check.',
  minObservations: SESSIONS * 3,
  async run(kit) {
    const { pack } = kit;
    for (let i = 0; i < SESSIONS; i++) {
      const key = { deployment: 'desk.acme', session: `visitor-${i}` };
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, n) =>
          pack.pin({ ...key, revision: `desk.acme.${n + 1}`, ttlSeconds: 600 }),
        ),
      );
      const winners = answers.flatMap(({ pinned }, n) => (pinned ? [`desk.acme.${n + 1}`] : []));
      kit.equal(winners.length, 1, 'The number of pins that won');
      kit.equal([...new Set(answers.map(({ revision }) => revision))], winners, 'The revisions told');
      kit.equal(await pack.lookup(key), { revision: winners[0] ?? null }, 'The revision in force');
    }
  },
};
