import { decode, TrustRoot } from '@greentic/core';
import type { AttackCase } from '../testing/attack.ts';
import { type IndexForge, signedFile, type Wild } from '../testing/index-forge.ts';
import { KEYS, trusted } from '../testing/sample-registry.ts';
import { tufKeyId } from '../tuf/metadata.ts';
import { keyIdOfTuf } from '../tuf/sound-key.ts';

/** The eight points of small order, in canonical form where they have one, with either sign. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

/** Numbers from the field’s prime on: other spellings of small ones. */
const NON_CANONICAL = [
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

/** A substitution of keys in one place where keys are trusted. */
export interface KeySubstitution extends AttackCase {
  attack(forge: IndexForge): Promise<unknown>;
}

const keyOf = (hex: string) => ({ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } }) as const;

/** Gives a role of the root, or the namespace, one key more. */
const PLACES: Readonly<Record<string, (forge: IndexForge, id: string, key: object) => Promise<unknown>>> = {
  'the next root': (forge, id, key) =>
    forge.forge({
      edit: {
        root: ({ keys, roles }: Wild) => {
          keys[id] = key;
          roles.timestamp.keyids.push(id);
        },
      },
    }),
  'a delegation': (forge, id, key) =>
    forge.forge({
      edit: {
        targets: ({ delegations }: Wild) => {
          delegations.keys[id] = key;
          delegations.roles[0].keyids.push(id);
        },
      },
    }),
  'the pinned root': async ({ registry }, id, key) => {
    const [entry] = registry.trustRoot.registries;
    const { signed } = structuredClone(entry?.root) as Wild;
    signed.keys[id] = key;
    signed.roles.timestamp.keyids.push(id);
    const root = signedFile(signed, registry.registryKeys.root.secretKeys);
    registry.trustRoot = { ...registry.trustRoot, registries: [{ name: 'main', location: registry.folder, root }] };
  },
};

const own = KEYS.timestamp;
const ownHex = Buffer.from(own.publicKey, 'base64').toString('hex');
const otherId = '0'.repeat(64);

/** Keys that would count as what they are not, in each place of an index that names keys. */
const IN_INDEX: readonly KeySubstitution[] = Object.entries(PLACES).flatMap(([place, put]) => [
  ...[...SMALL_ORDER, ...NON_CANONICAL].map(
    (hex): KeySubstitution => ({
      name: `the point ${hex.slice(0, 8)}…${hex.slice(-8)} as a key of ${place}`,
      code: 'trust/key-invalid',
      attack: (forge) => put(forge, keyIdOfTuf(keyOf(hex)), keyOf(hex)),
    }),
  ),
  {
    name: `a key of ${place} under the id of another`,
    code: 'index/invalid' as const,
    attack: (forge) =>
      put(forge, tufKeyId(KEYS.acme.secretKey), keyOf(Buffer.from(KEYS.stranger.publicKey, 'base64').toString('hex'))),
  },
  {
    name: `a key of ${place} under an id that is nobody’s`,
    code: 'index/invalid' as const,
    attack: (forge) => put(forge, otherId, keyOf(Buffer.from(KEYS.stranger.publicKey, 'base64').toString('hex'))),
  },
]);

const TWICE: readonly KeySubstitution[] = [
  {
    name: 'a key of the next root under a second id',
    code: 'index/invalid',
    attack: (forge) => (PLACES['the next root'] as (typeof PLACES)[string])(forge, otherId, keyOf(ownHex)),
  },
  {
    name: 'a key of the next root under a second id of its own, by a field nobody knows',
    code: 'index/invalid',
    attack: (forge) => {
      const key = { ...keyOf(ownHex), note: 1 };
      return (PLACES['the next root'] as (typeof PLACES)[string])(forge, keyIdOfTuf(key), key);
    },
  },
];

/** Gives an environment’s own trust root keys it must not take. */
const believing = (
  name: string,
  keys: readonly { keyId: string; publicKey: string }[],
  threshold = 1,
): KeySubstitution => ({
  name: `${name} in an environment’s trust root`,
  code: 'trust/root-invalid',
  attack: async ({ registry }) => {
    const publishers = [{ namespace: 'acme', keys, threshold }];
    registry.trustRoot = decode(
      TrustRoot,
      { ...registry.trustRoot, publishers },
      'trust/root-invalid',
      'The trust root',
    );
  },
});
const acme = trusted(KEYS.acme);

const IN_TRUST_ROOT: readonly KeySubstitution[] = [
  ...[...SMALL_ORDER.slice(0, 4), ...NON_CANONICAL.slice(0, 2)].map((hex) => {
    const publicKey = Buffer.from(hex, 'hex').toString('base64');
    return believing(`the point ${hex.slice(0, 8)}…${hex.slice(-8)}`, [{ keyId: '0'.repeat(32), publicKey }]);
  }),
  believing('a key under the id of another', [{ ...acme, keyId: KEYS.kit.keyId }]),
  believing('a key twice', [acme, acme], 2),
  believing('a key under two ids', [acme, { ...acme, keyId: '0'.repeat(32) }], 2),
  believing('a key in another spelling', [{ ...acme, publicKey: acme.publicKey.replace(/=$/, '') }]),
  believing('a threshold that one key cannot meet', [acme], 2),
];

/** Somebody puts a key where it would be worth more than it is. */
export const KEY_SUBSTITUTION: readonly KeySubstitution[] = [...IN_INDEX, ...TWICE, ...IN_TRUST_ROOT];
