import { type Forgery, forging, type IndexAttack } from '../testing/index-forge.ts';
import { daysLater, T0 } from '../testing/sample-registry.ts';

const at = (date: Date) => date.toISOString().replace('.000Z', 'Z');
const expire = (role: keyof NonNullable<Forgery['edit']>, when: Date): Forgery => ({
  edit: {
    [role]: (signed: { expires: string }) => {
      signed.expires = at(when);
    },
  },
});
const ROLES = ['root', 'targets', 'acme', 'snapshot', 'timestamp'] as const;

/** Somebody goes on showing what was right once. */
export const INDEX_FREEZE: readonly IndexAttack[] = [
  ...ROLES.map((role) =>
    forging(`${role} metadata that expired a day ago`, expire(role, daysLater(-1)), 'index/expired'),
  ),
  ...ROLES.map((role) => forging(`${role} metadata that expires at this instant`, expire(role, T0), 'index/expired')),
  {
    name: 'the index as it is, for longer than its timestamp holds',
    code: 'index/expired',
    attack: async () => undefined,
    after: 8,
  },
  {
    name: 'a timestamp that holds for years, over a snapshot that does not',
    code: 'index/expired',
    attack: (forge) => forge.forge(expire('timestamp', daysLater(3650))),
    after: 31,
  },
  {
    name: 'online roles that hold for years, over targets that do not',
    code: 'index/expired',
    attack: (forge) =>
      forge.forge({
        edit: { ...expire('timestamp', daysLater(3650)).edit, ...expire('snapshot', daysLater(3650)).edit },
      }),
    after: 91,
  },
  {
    name: 'all roles but the root holding for years',
    code: 'index/expired',
    attack: (forge) =>
      forge.forge({
        edit: Object.assign({}, ...ROLES.slice(1).map((role) => expire(role, daysLater(3650)).edit)),
      }),
    after: 366,
  },
];
