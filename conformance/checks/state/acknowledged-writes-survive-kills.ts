import type { Check } from '../../check.ts';
import type { Kit } from '../../kit.ts';

const TENANT = 'acme';
const CYCLES = 12;
const WRITERS = 4;
const MAX_ACKS = 8;

/** What the kit wrote, and what of it the pack acknowledged. */
interface Ledger {
  readonly attempted: Set<string>;
  readonly acknowledged: Map<string, string>;
}

/** Opens the pack, writes with several writers, and kills it amid them, after so many acknowledgements. */
async function killAmidWrites(kit: Kit<'state'>, ledger: Ledger, cycle: number, acks: number): Promise<void> {
  const life = kit.open();
  const enough = Promise.withResolvers<void>();
  let acknowledged = 0;
  const writer = async (name: number) => {
    for (let i = 0; ; i++) {
      const key = `cycle-${cycle}/writer-${name}/${i}`;
      const value = kit.random.canary();
      ledger.attempted.add(key);
      await life.pack.put({ tenant: TENANT, key, value });
      ledger.acknowledged.set(key, value);
      acknowledged++;
      if (acknowledged >= acks) enough.resolve();
    }
  };
  const writers = Promise.allSettled(Array.from({ length: WRITERS }, (_, name) => writer(name)));
  await Promise.race([enough.promise, writers]);
  await life.kill();
  await writers;
  await life.close();
  kit.expect(acknowledged >= acks, `The writes ended after ${acknowledged}, before anything was killed.`);
}

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
    const ledger: Ledger = { attempted: new Set(), acknowledged: new Map() };
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const known = ledger.acknowledged.size;
      await killAmidWrites(kit, ledger, cycle, 1 + kit.random.below(MAX_ACKS));
      for (const [key, value] of [...ledger.acknowledged].slice(known)) {
        const { entry } = await kit.pack.get({ tenant: TENANT, key });
        kit.equal(entry?.value, value, `The acknowledged write ${key} after the kill`);
      }
    }
    const { keys } = await kit.pack.list({ tenant: TENANT, prefix: '', limit: 1000 });
    const invented = keys.filter((key) => !ledger.attempted.has(key));
    kit.equal(invented, [], 'The list of keys nobody wrote');
    const lost = [...ledger.acknowledged.keys()].filter((key) => !keys.includes(key));
    kit.equal(lost, [], 'The list of acknowledged keys that are gone in the end');
  },
};
