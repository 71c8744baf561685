import type { Check } from '../../check.ts';

// Each rule that looks at a part of a name only, or writes it in another way, makes one of two of these.
const NAMES = [
  'token',
  'Token',
  'TOKEN',
  'token.',
  'token-',
  'token_',
  'to.ken',
  'to-ken',
  'to_ken',
  'to/ken',
  'to/k/en',
  '...',
  '..token',
  'token..',
  '__proto__',
  'constructor',
  'x'.repeat(63),
  'x'.repeat(64),
  'a/b/c/d/e/f/g/h',
  'a/b/c/d/e/f/g',
  'a/h',
  'h/a',
  'h',
];

// Others begin with each of them, as texts and as paths.
const GONE = ['token', 'h'];

export const namesNeverAlias: Check<'secrets'> = {
  id: 'SEC-02',
  rev: 2,
  slot: 'secrets',
  level: 'core',
  title: 'No two names stand for one secret.',
  clause: 'A name is 1 to 8 segments of [A-Za-z0-9._-], joined by slashes, and nothing of it is folded.',
  hint: 'If the store behind cannot tell two names apart, encode them.',
  minObservations: NAMES.length * 2 + GONE.length + 1,
  async run(kit) {
    const { pack } = kit;
    const tenant = 'acme';
    const secretOf = (name: string) => Buffer.from(`value of ${name}`).toString('base64');
    for (const name of NAMES) {
      const { version } = await pack.put({ tenant, name, value: secretOf(name), ifVersion: 0 });
      kit.expect(version > 0, `${name} was taken for a name that exists.`);
    }
    for (const name of NAMES) kit.equal((await pack.get({ tenant, name })).value, secretOf(name), `The secret ${name}`);
    for (const name of GONE) kit.equal(await pack.delete({ tenant, name }), { deleted: true }, `The delete of ${name}`);
    const { names } = await pack.list({ tenant, limit: 1000 });
    const rest = NAMES.filter((name) => !GONE.includes(name));
    kit.equal(names.toSorted(), rest.toSorted(), 'The list of names that were not deleted');
  },
};
