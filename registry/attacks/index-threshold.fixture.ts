import { keyPairOf } from '@greentic/core';
import { forging, type IndexAttack, type Wild } from '../testing/index-forge.ts';
import { KEYS } from '../testing/sample-registry.ts';
import { tufKeyId, tufKeyOf } from '../tuf/metadata.ts';
import { keyIdOfTuf } from '../tuf/sound-key.ts';

const ID = tufKeyId(KEYS.timestamp.secretKey);
const OTHER = '0'.repeat(64);
const rootOne = [KEYS.rootOne.secretKey];

/** The next root, which asks for two timestamp keys. */
const twoOfTimestamp = (change: (signed: Wild) => void) => (signed: Wild) => {
  signed.roles.timestamp.threshold = 2;
  change(signed);
};
const secondKey = (signed: Wild) => {
  const { id, key } = tufKeyOf(keyPairOf(KEYS.stranger.secretKey).publicKey);
  signed.keys[id] = key;
  signed.roles.timestamp.keyids.push(id);
};
const nothing = () => undefined;

/** Somebody counts fewer keys as more. */
export const INDEX_THRESHOLD: readonly IndexAttack[] = [
  forging('one key under two ids', {
    edit: {
      root: twoOfTimestamp(({ keys, roles }) => {
        keys[OTHER] = keys[ID];
        roles.timestamp.keyids.push(OTHER);
      }),
      timestamp: nothing,
    },
    file: { timestamp: ({ signatures: [one], signed }) => ({ signed, signatures: [one, { ...one, keyid: OTHER }] }) },
  }),
  forging('one key under two ids that are both its own, by a field nobody knows', {
    edit: {
      root: twoOfTimestamp(({ keys, roles }) => {
        const key = { ...keys[ID], 'x-note': 'the same' };
        const id = keyIdOfTuf(key);
        keys[id] = key;
        roles.timestamp.keyids.push(id);
      }),
    },
  }),
  forging('one id twice in a role', { edit: { root: twoOfTimestamp(({ roles }) => roles.timestamp.keyids.push(ID)) } }),
  forging('two signatures of one key', {
    edit: { root: twoOfTimestamp(secondKey), timestamp: nothing },
    file: { timestamp: ({ signatures: [one], signed }) => ({ signed, signatures: [one, one] }) },
  }),
  forging('one signature under the ids of two keys', {
    edit: { root: twoOfTimestamp(secondKey), timestamp: nothing },
    file: {
      timestamp: ({ signatures: [one], signed }) => ({
        signed,
        signatures: [one, { ...one, keyid: tufKeyId(KEYS.stranger.secretKey) }],
      }),
    },
  }),
  forging('one signature where two are asked for', { edit: { root: twoOfTimestamp(secondKey), timestamp: nothing } }),
  forging('more signatures asked for than there are keys', {
    edit: { root: twoOfTimestamp(nothing), timestamp: nothing },
  }),
  forging('no signature asked for', {
    edit: {
      root: ({ roles }) => {
        roles.timestamp.threshold = 0;
      },
    },
  }),
  forging('less than no signature asked for', {
    edit: {
      root: ({ roles }) => {
        roles.timestamp.threshold = -1;
      },
    },
  }),
  forging('half a signature asked for', {
    edit: {
      root: ({ roles }) => {
        roles.timestamp.threshold = 0.5;
      },
    },
  }),
  forging('a role without keys', {
    edit: {
      root: ({ roles }) => {
        roles.timestamp.keyids = [];
      },
    },
  }),
  forging('a role whose key is not there', {
    edit: {
      root: ({ keys }) => {
        delete keys[ID];
      },
      timestamp: nothing,
    },
  }),
  forging('a key the root lists, but for another role', {
    edit: { timestamp: nothing },
    signers: { timestamp: [KEYS.targets.secretKey] },
  }),
  forging('a key nobody lists', { edit: { timestamp: nothing }, signers: { timestamp: [KEYS.stranger.secretKey] } }),
  forging('no signature', { edit: { timestamp: nothing }, signers: { timestamp: [] } }),
  forging('a signature that is empty', { edit: { timestamp: nothing }, file: { timestamp: withSignature('') } }),
  forging('a signature of zeros', {
    edit: { timestamp: nothing },
    file: { timestamp: withSignature('0'.repeat(128)) },
  }),
  forging('a signature cut short', {
    edit: { timestamp: nothing },
    file: { timestamp: withSignature((sig) => sig.slice(2)) },
  }),
  forging('a signature with more behind it', {
    edit: { timestamp: nothing },
    file: { timestamp: withSignature((sig) => `${sig}00`) },
  }),
  forging('a signature with the group’s order added to it', {
    edit: { timestamp: nothing },
    file: { timestamp: withSignature(malleated) },
  }),
  forging('a root one key of three signed', { edit: { root: nothing }, signers: { root: rootOne } }),
  forging('a root one key of three signed twice', {
    edit: { root: nothing },
    signers: { root: rootOne },
    file: { root: ({ signatures: [one], signed }) => ({ signed, signatures: [one, one] }) },
  }),
  forging('a root that lowers its own threshold, signed by one', {
    edit: {
      root: ({ roles }) => {
        roles.root.threshold = 1;
      },
    },
    signers: { root: rootOne },
  }),
];

function withSignature(sig: string | ((former: string) => string)) {
  return ({ signatures: [one], signed }: Wild) => ({
    signed,
    signatures: [{ ...one, sig: typeof sig === 'string' ? sig : sig(one.sig) }],
  });
}

/** Another number for the same point: whoever does not compare it with the order accepts it as well. */
function malleated(sig: string): string {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const bytes = Buffer.from(sig, 'hex');
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + order;
  const tail = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return Buffer.concat([bytes.subarray(0, 32), tail]).toString('hex');
}
