import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { keyPairOf } from '@greentic/core';
import { forging, type IndexAttack, type Wild } from '../testing/index-forge.ts';
import { KEYS } from '../testing/sample-registry.ts';
import { tufKeyOf } from '../tuf/metadata.ts';

const secrets = (...names: (keyof typeof KEYS)[]) => names.map((name) => KEYS[name].secretKey);
const OLD = secrets('rootOne', 'rootTwo', 'rootThree');
const NEW = secrets('kit', 'kitSecond', 'stranger');

/** The next root with three new root keys, of which two have to sign. */
const newKeys = (signed: Wild) => {
  const keys = NEW.map((secretKey) => tufKeyOf(keyPairOf(secretKey).publicKey));
  for (const { id, key } of keys) signed.keys[id] = key;
  signed.roles.root = { keyids: keys.map(({ id }) => id), threshold: 2 };
};
const root = (name: string, edit: (signed: Wild) => void, signers: readonly string[] = OLD) =>
  forging(name, { edit: { root: edit }, signers: { root: signers } });

/** Somebody shows a next root that does not follow from the present one. */
export const INDEX_ROOT: readonly IndexAttack[] = [
  root('signed by the new keys only', newKeys, NEW),
  root('signed by the former keys only', newKeys, OLD),
  root('signed by one former key and enough new ones', newKeys, [...OLD.slice(0, 1), ...NEW]),
  root('signed by enough former keys and one new one', newKeys, [...OLD, ...NEW.slice(0, 1)]),
  root('signed by nobody', newKeys, []),
  root('signed by strangers', () => undefined, NEW),
  root('that skips a version', (signed) => {
    signed.version = 3;
  }),
  root('of version zero', (signed) => {
    signed.version = 0;
  }),
  root('that is no root', (signed) => {
    signed._type = 'targets';
  }),
  root('without consistent snapshots', (signed) => {
    signed.consistent_snapshot = false;
  }),
  root('that does not say whether snapshots are consistent', (signed) => {
    delete signed.consistent_snapshot;
  }),
  root('without a role for snapshots', ({ roles }) => {
    delete roles.snapshot;
  }),
  root('without its own role', ({ roles }) => {
    delete roles.root;
  }),
  root('without keys', (signed) => {
    signed.keys = {};
  }),
  root('whose keys are a list', (signed) => {
    signed.keys = Object.values(signed.keys);
  }),
  root('that asks for more root keys than it names', ({ roles }) => {
    roles.root.threshold = 4;
  }),
  {
    name: 'that is the third, in the place of the second',
    code: 'index/invalid',
    attack: async (forge) => {
      await forge.forge({ edit: { root: () => undefined } });
      await forge.forge({ edit: { root: () => undefined } });
      await rename(join(forge.tuf, '3.root.json'), join(forge.tuf, '2.root.json'));
    },
  },
  {
    name: 'of another registry',
    code: 'index/invalid',
    attack: (forge) => forge.forge({ edit: { root: newKeys }, signers: { root: NEW } }),
  },
];
