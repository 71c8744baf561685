import type { Check } from '../../check.ts';

const KEYS = [
  'plain',
  'Plain',
  'plain ',
  ' plain',
  'plain/',
  'plain\u0000',
  'plain\u0000more',
  '\u00e9',
  'e\u0301',
  '__proto__',
  'constructor',
  'toString',
  '../plain',
  './plain',
  '%70lain',
  'plai_',
  'plai%',
  "'; DROP TABLE entries; --",
  '\n',
  '\r\n',
  '\u202eplain',
  '😀',
  'null',
  '0',
  '00',
  'x'.repeat(1023),
  'x'.repeat(1024),
  '\u00e9'.repeat(512),
];

export const keysNeverAlias: Check<'state'> = {
  id: 'STA-15',
  rev: 2,
  slot: 'state',
  level: 'core',
  title: 'Hostile keys are stored as they are, and no two of them name one entry.',
  clause: 'A key is 1 to 1,024 bytes of UTF-8, any of them.',
  hint: 'Do not normalise, fold, trim, decode or cut keys; put the tenant before the key with a separator it cannot hold.',
  minObservations: KEYS.length + 3,
  async run(kit) {
    const { pack } = kit;
    const tenant = 'acme';
    for (const [i, key] of KEYS.entries()) await pack.put({ tenant, key, value: `value ${i}` });
    for (const [i, key] of KEYS.entries()) {
      const { entry } = await pack.get({ tenant, key });
      kit.equal(entry?.value, `value ${i}`, `The value of ${JSON.stringify(key.slice(0, 40))}`);
    }
    const { keys } = await pack.list({ tenant, prefix: '', limit: 1000 });
    kit.equal(keys.toSorted(), KEYS.toSorted(), 'The list of all keys');
    kit.equal(await pack.delete({ tenant, key: 'plain' }), { deleted: true }, 'The delete of one key');
    const { keys: rest } = await pack.list({ tenant, prefix: '', limit: 1000 });
    kit.equal(rest.toSorted(), KEYS.filter((key) => key !== 'plain').toSorted(), 'The list of keys after it');
  },
};
