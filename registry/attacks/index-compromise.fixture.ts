import { rm } from 'node:fs/promises';
import { keyPairOf } from '@greentic/core';
import { type Forgery, forging, type IndexAttack, type IndexForge, type Wild } from '../testing/index-forge.ts';
import { KEYS, publishEvidence, samplePack } from '../testing/sample-registry.ts';
import { tufKeyOf } from '../tuf/metadata.ts';

const secret = (name: keyof typeof KEYS) => KEYS[name].secretKey;
const TIMESTAMP = [secret('timestamp')];
const SNAPSHOT = [secret('snapshot')];
const ONLINE = [...SNAPSHOT, ...TIMESTAMP];
const TARGETS = [secret('targets')];
const nothing = () => undefined;

/** Gives a role of the root other keys. */
const assign =
  (role: string, ...names: (keyof typeof KEYS)[]) =>
  (signed: Wild) => {
    const keys = names.map((name) => tufKeyOf(keyPairOf(secret(name)).publicKey));
    for (const { id, key } of keys) signed.keys[id] = key;
    signed.roles[role].keyids = keys.map(({ id }) => id);
  };

/** Gives the namespace to somebody else. */
const delegateTo =
  (name: keyof typeof KEYS) =>
  ({ delegations }: Wild) => {
    const { id, key } = tufKeyOf(keyPairOf(secret(name)).publicKey);
    delegations.keys = { [id]: key };
    delegations.roles[0].keyids = [id];
  };

/** The owner replaced a role's key; then somebody comes with the former one. */
function afterRotation(name: string, role: 'snapshot' | 'timestamp' | 'targets', then: Forgery): IndexAttack {
  return {
    name,
    code: 'index/invalid',
    attack: async (forge) => {
      const next = [secret('acmeSecond')];
      await forge.forge({ edit: { root: assign(role, 'acmeSecond') }, signers: { [role]: next } });
      await forge.forge({ edit: { [role]: nothing }, signers: { [role]: next } });
      await forge.registry.install();
      await forge.forge(then);
    },
  };
}

/** The owner replaced all root keys; then somebody comes with the former ones. */
async function rotateRoot(forge: IndexForge): Promise<void> {
  await forge.forge({
    edit: { root: assign('root', 'acmeSecond', 'kitSecond') },
    signers: { root: [...forge.keysOf('root'), secret('acmeSecond'), secret('kitSecond')] },
  });
  await forge.registry.install();
}

/** Somebody has stolen some keys, and not the others. */
export const INDEX_COMPROMISE: readonly IndexAttack[] = [
  forging('the timestamp key, over a snapshot of one’s own', {
    edit: { snapshot: nothing },
    signers: { snapshot: TIMESTAMP },
  }),
  forging('the timestamp key, over targets of one’s own', {
    edit: { targets: nothing },
    signers: { targets: TIMESTAMP, snapshot: TIMESTAMP },
  }),
  forging('the snapshot key, without that of the timestamp', {
    edit: { snapshot: nothing },
    signers: { timestamp: SNAPSHOT },
  }),
  forging('the snapshot key, leaving the timestamp as it is', {
    swap: { snapshot: (text) => text.replace('"version":', '"version": ') },
    signers: { timestamp: SNAPSHOT },
  }),
  forging('both online keys, over targets of one’s own', { edit: { targets: nothing }, signers: { targets: ONLINE } }),
  forging('both online keys, to delegate a namespace', {
    edit: { targets: delegateTo('stranger') },
    signers: { targets: ONLINE },
  }),
  forging('both online keys, to publish in a namespace', { edit: { acme: nothing }, signers: { acme: ONLINE } }),
  forging('both online keys, for a root of one’s own', { edit: { root: nothing }, signers: { root: ONLINE } }),
  {
    name: 'both online keys, to withhold a version that was seen',
    code: 'index/rollback',
    attack: async (forge) => {
      const { signed } = await forge.file('snapshot');
      await forge.goOn();
      await forge.forge({
        edit: {
          snapshot: (next) => {
            next.meta = signed.meta;
          },
        },
      });
    },
  },
  forging('the targets key, without the online ones', {
    edit: { targets: delegateTo('stranger') },
    signers: { snapshot: TARGETS, timestamp: TARGETS },
  }),
  forging('the targets key, to publish in a namespace', { edit: { acme: nothing }, signers: { acme: TARGETS } }),
  {
    name: 'the targets key and the online ones, to give the namespace to a thief',
    code: 'trust/threshold',
    attack: async (forge) => {
      const thief = [secret('stranger')];
      await forge.forge({ edit: { targets: delegateTo('stranger'), acme: nothing }, signers: { acme: thief } });
      const pack = samplePack('6.6.6');
      await forge.registry.publish(pack, [publishEvidence(pack, KEYS.stranger)], { namespaceKeys: thief });
    },
  },
  forging('a namespace’s key, without the online ones', {
    edit: { acme: nothing },
    signers: { snapshot: [secret('acme')], timestamp: [secret('acme')] },
  }),
  {
    name: 'a namespace’s key and the online ones, for a version no lab has seen',
    code: 'trust/conformance-missing',
    attack: async (forge) => {
      const pack = samplePack('6.6.6');
      await forge.registry.publish(pack, [publishEvidence(pack)]);
    },
  },
  forging('a namespace’s key, over the top-level targets', {
    edit: { targets: nothing },
    signers: { targets: [secret('acme')] },
  }),
  forging('one of two root keys', {
    edit: { root: assign('timestamp', 'stranger') },
    signers: { root: [secret('rootOne')] },
  }),
  forging('one of two root keys, and a key the new root names', {
    edit: { root: assign('root', 'rootOne', 'stranger') },
    signers: { root: [secret('rootOne'), secret('stranger')] },
  }),
  forging('every key but those of the root', {
    edit: { root: assign('root', 'stranger', 'kitSecond') },
    signers: { root: [...ONLINE, ...TARGETS, secret('acme'), secret('stranger'), secret('kitSecond')] },
  }),
  {
    name: 'the former root keys, after a rotation',
    code: 'index/invalid',
    attack: async (forge) => {
      await rotateRoot(forge);
      await forge.forge({ edit: { root: assign('timestamp', 'stranger') } });
    },
  },
  {
    name: 'the former root keys, for another second root beside the one that was seen',
    code: 'index/invalid',
    attack: async (forge) => {
      await rotateRoot(forge);
      const { path } = await forge.file('root');
      await rm(path);
      await forge.forge({ edit: { root: assign('timestamp', 'stranger') } });
      await forge.forge({ edit: { timestamp: nothing }, signers: { timestamp: [secret('stranger')] } });
    },
  },
  afterRotation('the former timestamp key, after a rotation', 'timestamp', { edit: { timestamp: nothing } }),
  afterRotation('the former snapshot key, after a rotation', 'snapshot', { edit: { snapshot: nothing } }),
  afterRotation('the former targets key, after a rotation', 'targets', { edit: { targets: nothing } }),
  {
    name: 'a namespace’s former key, after it was delegated to another',
    code: 'index/invalid',
    attack: async (forge) => {
      await forge.forge({
        edit: { targets: delegateTo('acmeSecond'), acme: nothing },
        signers: { acme: [secret('acmeSecond')] },
      });
      await forge.forge({ edit: { acme: nothing } });
    },
  },
  {
    name: 'a timestamp that counts far ahead, and then the right one',
    code: 'index/rollback',
    attack: async (forge) => {
      const putBack = await forge.backup();
      await forge.forge({
        edit: {
          timestamp: (signed) => {
            signed.version = 2 ** 31 - 1;
          },
        },
      });
      await forge.registry.install();
      await putBack();
    },
  },
];
