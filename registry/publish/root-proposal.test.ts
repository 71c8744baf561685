import { canonicalize, keyPairOf } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEYS, T0 } from '../testing/sample-registry.ts';
import { tufKeyId } from '../tuf/metadata.ts';
import { draftRoot, type RootChange } from './root-draft.ts';
import {
  assertSigned,
  decodeProposal,
  proposalOf,
  type RootProposal,
  rootFile,
  rootsOf,
  signProposal,
  tallyOf,
} from './root-proposal.ts';

const HOLDERS = [KEYS.rootOne, KEYS.rootTwo, KEYS.rootThree];
const [one, two, three] = HOLDERS as [typeof KEYS.rootOne, typeof KEYS.rootTwo, typeof KEYS.rootThree];
const publicKeys = (...keys: { secretKey: string }[]) => keys.map(({ secretKey }) => keyPairOf(secretKey).publicKey);
const only = { add: publicKeys(KEYS.registry), threshold: 1 };

/** A first root of three keys, two of which have to sign. */
function firstProposal(): RootProposal {
  const roles = { root: { add: publicKeys(...HOLDERS), threshold: 2 }, targets: only, snapshot: only, timestamp: only };
  return proposalOf(undefined, draftRoot(undefined, { roles, expiry: {} }, T0));
}

/** A proposal that follows the first root, in force. */
function nextProposal(change: RootChange['roles']): RootProposal {
  const first = signed(firstProposal(), one, two);
  const draft = draftRoot(rootsOf(first).proposed, { roles: change, expiry: {} }, T0);
  return proposalOf(rootFile(first), draft);
}

const signed = (proposal: RootProposal, ...keys: { secretKey: string }[]) =>
  keys.reduce((each, { secretKey }) => signProposal(each, secretKey), proposal);
const sent = (proposal: RootProposal) => decodeProposal(Buffer.from(JSON.stringify(proposal)));
const refused = (code: string) => expect.objectContaining({ code });

describe('a first root', () => {
  test('is signed when as many of its own keys signed as it asks for, in whatever order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(HOLDERS), (signers) => {
        const proposal = sent(signed(firstProposal(), ...signers));
        expect(tallyOf(proposal)).toEqual({ former: undefined, proposed: { signed: signers.length, needed: 2 } });
        if (signers.length >= 2) expect(() => assertSigned(proposal)).not.toThrow();
        else expect(() => assertSigned(proposal)).toThrow(refused('trust/threshold'));
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  test('counts a key once, however often it signs', () => {
    const proposal = signed(firstProposal(), one, one, one);
    expect(proposal.proposed.signatures).toHaveLength(1);
    expect(tallyOf(proposal).proposed).toEqual({ signed: 1, needed: 2 });
  });

  test('takes no signature of a key that speaks for no root', () => {
    for (const stranger of [KEYS.stranger, KEYS.registry])
      expect(() => signProposal(firstProposal(), stranger.secretKey)).toThrow(refused('input/invalid'));
  });
});

describe('a next root', () => {
  test('needs enough keys of the root before, and enough of its own', () => {
    const proposal = nextProposal({ root: { add: publicKeys(KEYS.acme), remove: publicKeys(one), threshold: 3 } });
    const rows = [
      [[one, two], { former: 2, proposed: 1 }],
      [[two, three, KEYS.acme], { former: 2, proposed: 3 }],
      [[KEYS.acme], { former: 0, proposed: 1 }],
    ] as const;
    for (const [keys, counts] of rows) {
      const tally = tallyOf(sent(signed(proposal, ...keys)));
      expect({ former: tally.former?.signed, proposed: tally.proposed.signed }).toEqual(counts);
    }
    expect(() => assertSigned(signed(proposal, two, three, KEYS.acme))).not.toThrow();
    expect(() => assertSigned(signed(proposal, one, two))).toThrow(/next root needs 3/);
    expect(() => assertSigned(signed(proposal, two, KEYS.acme))).toThrow(/present root needs 2/);
  });

  test('may be signed by a key that only leaves, or only comes', () => {
    const proposal = nextProposal({ root: { add: publicKeys(KEYS.acme), remove: publicKeys(one), threshold: 2 } });
    for (const key of [one, KEYS.acme])
      expect(signProposal(proposal, key.secretKey).proposed.signatures).toHaveLength(1);
  });
});

describe('a proposal that was changed on its way', () => {
  const proposal = signed(nextProposal({ root: { threshold: 1 } }), one, two);
  const changed = (change: (copy: RootProposal) => void) => {
    const copy = structuredClone(proposal);
    change(copy);
    return copy;
  };

  test.each<[string, (copy: RootProposal) => void]>([
    ['another expiry', ({ proposed }) => Object.assign(proposed.signed, { expires: '2039-01-01T00:00:00Z' })],
    [
      'a threshold of its own',
      ({ proposed }) => {
        const { roles } = proposed.signed as { roles: Record<string, { threshold: number }> };
        for (const role of Object.values(roles)) role.threshold = 1;
        Object.assign(proposed.signed, { spec_version: '1.0.30' });
      },
    ],
    [
      'the signature of one key under the name of another',
      ({ proposed }) => {
        const [first] = proposed.signatures;
        proposed.signatures = first === undefined ? [] : [{ ...first, keyid: tufKeyId(three.secretKey) }];
      },
    ],
    [
      'signatures of nothing',
      ({ proposed }) => {
        for (const signature of proposed.signatures) signature.sig = '00'.repeat(64);
      },
    ],
  ])('is not signed any more with %s', (_, change) => {
    expect(tallyOf(changed(change)).proposed.signed).toBe(0);
    expect(() => assertSigned(changed(change))).toThrow(refused('trust/threshold'));
  });

  const withSigned = (copy: RootProposal, fields: object) => {
    return { ...copy, proposed: { ...copy.proposed, signed: { ...copy.proposed.signed, ...fields } } };
  };

  test.each<[string, string, (copy: RootProposal) => object]>([
    ['a root that follows no other', 'index/invalid', ({ former: _, ...rest }) => rest],
    ['a version left out', 'index/invalid', (copy) => withSigned(copy, { version: 3 })],
    ['an older version', 'index/invalid', (copy) => withSigned(copy, { version: 1 })],
    ['another role than a root', 'index/invalid', (copy) => withSigned(copy, { _type: 'targets' })],
    ['another schema', 'input/invalid', (copy) => ({ ...copy, schema: 'greentic.root-proposal/2' })],
    ['a field that nobody knows', 'input/invalid', (copy) => ({ ...copy, note: 'Trust me.' })],
    [
      'signatures that are none',
      'input/invalid',
      (copy) => ({ ...copy, proposed: { ...copy.proposed, signatures: 'two' } }),
    ],
  ])('is not read with %s', (_, code, change) => {
    const bytes = Buffer.from(JSON.stringify(change(structuredClone(proposal))));
    expect(() => decodeProposal(bytes)).toThrow(refused(code));
  });

  test('is not read when it is too large, or no JSON', () => {
    expect(() => decodeProposal(Buffer.from('x'))).toThrow();
    const padded = Buffer.concat([Buffer.from(canonicalize(proposal)), Buffer.alloc(2_000_000, ' ')]);
    expect(() => decodeProposal(padded)).toThrow(refused('input/invalid'));
  });
});
