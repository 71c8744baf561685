import type { Check } from '../../check.ts';

const ROUNDS = 8;
const NAMES = 6;
const BYTES = 8 * 1024;

export const killsLeaveOldOrNew: Check<'secrets'> = {
  id: 'SEC-12',
  rev: 1,
  slot: 'secrets',
  level: 'core',
  title: 'A kill in the middle of puts leaves each secret old or new, and new when the put was acknowledged.',
  clause: 'put stores a new version: all of it once it returns, and never a part of it.',
  hint: 'Write value, key and version in one commit.',
  minObservations: ROUNDS * NAMES,
  async run(kit) {
    const tenant = 'acme';
    const names = Array.from({ length: NAMES }, (_, i) => `token/${i}`);
    const inForce = new Map<string, string>();
    const fresh = () => kit.random.bytes(BYTES).toString('base64');
    let interrupted = 0;
    for (const name of names) {
      const value = fresh();
      await kit.pack.put({ tenant, name, value });
      inForce.set(name, value);
    }
    for (let round = 0; round < ROUNDS; round++) {
      const life = kit.open();
      const puts = names.map((name) => ({ name, value: fresh() }));
      const running = puts.map(({ name, value }) => life.pack.put({ tenant, name, value }));
      const outcomes = Promise.allSettled(running);
      await Promise.any(running);
      await life.kill();
      for (const [i, outcome] of (await outcomes).entries()) {
        const { name, value } = puts[i] ?? { name: '', value: '' };
        const found = (await kit.pack.get({ tenant, name })).value;
        const acknowledged = outcome.status === 'fulfilled';
        if (!acknowledged) interrupted++;
        const allowed = acknowledged ? [value] : [value, inForce.get(name)];
        const state = acknowledged ? 'was acknowledged before' : 'was under way during';
        kit.expect(allowed.includes(found), `A secret whose put ${state} the kill is neither whole nor as it was.`);
        inForce.set(name, found);
      }
      await life.close();
    }
    if (interrupted === 0) kit.cannotSee('No kill hit a put that was under way.');
  },
};
