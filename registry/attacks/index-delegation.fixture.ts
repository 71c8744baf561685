import { keyPairOf } from '@greentic/core';
import { forging, type IndexAttack, type Wild } from '../testing/index-forge.ts';
import { KEYS, SAMPLE } from '../testing/sample-registry.ts';
import { documentPath, tufKeyOf } from '../tuf/metadata.ts';
import { TOP_ROLES } from '../tuf/signed.ts';

const THIEF = tufKeyOf(keyPairOf(KEYS.stranger.secretKey).publicKey);
const PATH = documentPath('acme', SAMPLE);

/** Targets, rightly signed, whose delegation of `acme` says something else. */
const acme = (
  name: string,
  change: (role: Wild, delegations: Wild) => void,
  code: IndexAttack['code'] = 'index/invalid',
) => forging(name, { edit: { targets: ({ delegations }) => change(delegations.roles[0], delegations) } }, code);

/** Targets, rightly signed, with one more delegation, before the others. */
const more = (name: string, changes: Wild) =>
  acme(name, (role, delegations) => {
    delegations.keys[THIEF.id] = THIEF.key;
    delegations.roles.unshift({ ...role, keyids: [THIEF.id], ...changes });
  });

/** Somebody delegates what is not his, or in a way nobody follows. */
export const INDEX_DELEGATION: readonly IndexAttack[] = [
  more('another role for the paths of the namespace', { name: 'zebra' }),
  more('another role for all paths', { name: 'zebra', paths: ['*/*'] }),
  more('another role for all paths of any depth', { name: 'zebra', paths: ['**'] }),
  more('a second role of the same name', {}),
  ...TOP_ROLES.map((name) => more(`a role with the name of ${name}`, { name, paths: [`${name}/*`] })),
  ...['../acme', 'a/b', '.', '', 'ACME', 'acme\u0000', 'con', '__proto__', '%2e%2e', 'acme.json'].map((name) =>
    more(`a role called ${JSON.stringify(name)}`, { name, paths: [`${name}/*`] }),
  ),
  acme('a namespace with a path more', (role) => {
    role.paths.push('beta/*');
  }),
  acme('a namespace with the path of another', (role) => {
    role.paths = ['beta/*'];
  }),
  acme('a namespace with paths of any depth', (role) => {
    role.paths = ['acme/**'];
  }),
  acme('a namespace without paths', (role) => {
    role.paths = [];
  }),
  acme('a namespace whose paths are text', (role) => {
    role.paths = 'acme/*';
  }),
  acme('a namespace whose paths are not said', (role) => {
    delete role.paths;
  }),
  acme('a namespace with prefixes of hashes beside its paths', (role) => {
    role.path_hash_prefixes = ['00'];
  }),
  acme('a namespace that others may speak for as well', (role) => {
    role.terminating = false;
  }),
  acme('a namespace that does not say whether it is the last word', (role) => {
    delete role.terminating;
  }),
  acme('a namespace whose key is not there', (role) => {
    role.keyids = ['0'.repeat(64)];
  }),
  acme('a namespace without keys', (role) => {
    role.keyids = [];
  }),
  acme('a namespace that needs no signature', (role) => {
    role.threshold = 0;
  }),
  acme('a namespace that needs more keys than it has', (role) => {
    role.threshold = 2;
  }),
  acme(
    'no delegation of the namespace',
    (_, delegations) => {
      delegations.roles = [];
    },
    'pack/not-found',
  ),
  acme('delegations that are not a list', (_, delegations) => {
    delegations.roles = { acme: delegations.roles[0] };
  }),
  forging(
    'no delegations at all',
    {
      edit: {
        targets: (signed) => {
          delete signed.delegations;
        },
      },
    },
    'pack/not-found',
  ),
  forging(
    'targets of the namespace in the top-level role only',
    {
      edit: {
        targets: (signed) => {
          signed.targets[PATH] = { length: 1, hashes: { sha256: '0'.repeat(64) } };
        },
        acme: (signed) => {
          signed.targets = {};
        },
      },
    },
    'pack/not-found',
  ),
  forging('a namespace that delegates its names on to somebody', {
    edit: { acme: (signed) => delegateOn(signed, 'evil') },
  }),
  forging(
    'a namespace that delegates to itself',
    { edit: { acme: (signed) => delegateOn(signed, 'acme') } },
    'pack/not-found',
  ),
  forging('a namespace that delegates back to the top', { edit: { acme: (signed) => delegateOn(signed, 'targets') } }),
  forging('a role of a type nobody knows', {
    edit: {
      acme: (signed) => {
        signed._type = 'mirrors';
      },
    },
  }),
  forging('a namespace role that is a snapshot', {
    edit: {
      acme: (signed) => {
        signed._type = 'snapshot';
      },
    },
  }),
];

/** Gives up the namespace's own targets, and names another role for them. */
function delegateOn(signed: Wild, name: string): void {
  const role = { name, keyids: [THIEF.id], threshold: 1, terminating: true, paths: ['acme/*'] };
  signed.targets = {};
  signed.delegations = { keys: { [THIEF.id]: THIEF.key }, roles: [role] };
}
