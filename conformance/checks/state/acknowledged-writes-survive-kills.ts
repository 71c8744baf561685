import type { Check } from '../../check.ts';

const CYCLES = 20;
const WRITERS = 4;
const MAX_ACKS = 6;

export const acknowledgedWritesSurviveKills: Check<'state'> = {
  id: 'STA-07',
  rev: 1,
  slot: 'state',
  level: 'core',
  title: `Over ${CYCLES} kills under load, every acknowledged write is there and none that nobody made.`,
  clause: 'Once put returns, the value survives a crash.',
  hint: 'Return from put only when the commit has.',
  minObservations: CYCLES * 2,
  async run(kit) {
    const tenant = 'acme';
    const acknowledged = new Map<string, string>();
    const attempted = new Set<string>();
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const life = kit.open();
      const enough = Promise.withResolvers<void>();
      const wanted = acknowledged.size + 1 + kit.random.below(MAX_ACKS);
      const writer = async (name: number) => {
        for (let i = 0; ; i++) {
          const key = `cycle-${cycle}/writer-${name}/${i}`;
          attempted.add(key);
          const value = kit.random.canary();
          await life.pack.put({ tenant, key, value });
          acknowledged.set(key, value);
          if (acknowledged.size >= wanted) enough.resolve();
        }
      };
      const writers = Promise.allSettled(Array.from({ length: WRITERS }, (_, name) => writer(name)));
      await Promise.race([enough.promise, writers]);
      await life.kill();
      await writers;
      kit.expect(acknowledged.size >= wanted, `Only ${acknowledged.size} writes were acknowledged before the kill.`);
      await life.close();
    }
    const { pack } = kit;
    for (const [key, value] of acknowledged) {
      kit.equal((await pack.get({ tenant, key })).entry?.value, value, `The acknowledged write ${key}`);
    }
    const { keys } = await pack.list({ tenant, prefix: '', limit: 1000 });
    kit.equal(
      keys.filter((key) => !attempted.has(key)),
      [],
      'The list of keys nobody wrote',
    );
  },
};
