import { EnvironmentName, encodeTrustRoot, generateKeyPair } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import {
  firstTrustRoot,
  withApprover,
  withConformanceKey,
  withOwner,
  withoutSigner,
  withPublisher,
  withRotatedKey,
  withThreshold,
  withTrustFile,
} from './trust-change.ts';
import { differences, signersOf } from './trust-difference.ts';
import { TrustFile } from './trust-file.ts';

const key = (n: number) => {
  const { keyId, publicKey } = generateKeyPair(Buffer.alloc(32, n));
  return { keyId, publicKey };
};
const file = (threshold: number, ...keys: ReturnType<typeof key>[]) =>
  TrustFile.parse({
    schema: 'greentic.trust/1',
    registries: [{ name: 'main', location: '/srv/registry', root: { signed: 1 } }],
    publishers: [{ namespace: 'acme', keys, threshold }],
    conformance: { keys: [key(9)], threshold: 1 },
  });
const facts = { class: 'local', expires: '2030-01-01T00:00:00.000Z' } as const;
const root = firstTrustRoot(EnvironmentName.parse('local'), file(1, key(1)), facts);
const acme = (of: typeof root) => of.publishers.find((publisher) => publisher.namespace === 'acme');

describe('changing a trust root', () => {
  test('the first one believes what the file names, and is a trust root', () => {
    expect(() => encodeTrustRoot(root)).not.toThrow();
    expect(acme(root)).toEqual({ namespace: 'acme', keys: [key(1)], threshold: 1 });
  });

  test('a file adds keys, and its higher threshold counts', () => {
    expect(acme(withTrustFile(root, file(2, key(1), key(2))))).toMatchObject({ keys: [key(1), key(2)], threshold: 2 });
  });

  test('a file never lowers a threshold', () => {
    const strict = withTrustFile(root, file(2, key(1), key(2)));
    expect(acme(withTrustFile(strict, file(1, key(3))))).toMatchObject({ threshold: 2 });
    expect(acme(withPublisher(strict, { namespace: 'acme' as never, keys: [key(4)], threshold: 1 }))).toMatchObject({
      threshold: 2,
    });
  });

  test('a registry of the same name is replaced, others stay', () => {
    const other = { ...file(1, key(1)), registries: [{ name: 'side' as never, location: '/x', root: {} }] };
    expect(withTrustFile(root, other).registries.map((registry) => registry.name)).toEqual(['main', 'side']);
    expect(withTrustFile(root, file(1, key(1))).registries).toHaveLength(1);
  });

  test('a key added twice counts once', () => {
    expect(withConformanceKey(root, key(9)).conformance.keys).toHaveLength(1);
    expect(withConformanceKey(root, key(8)).conformance.keys).toHaveLength(2);
  });

  test('a removed key is believed for nothing, and a namespace without keys is gone', () => {
    const both = withConformanceKey(root, key(1));
    const without = withoutSigner(both, key(1).keyId);
    expect(without.publishers).toEqual([]);
    expect(without.conformance.keys).toEqual([key(9)]);
  });

  test('a key that was never believed cannot be removed', () => {
    expect(() => withoutSigner(root, '0'.repeat(32))).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  });

  test('removing below the threshold makes a root that cannot be put in force', () => {
    const strict = withTrustFile(root, file(2, key(1), key(2)));
    expect(() => encodeTrustRoot(withoutSigner(strict, key(2).keyId))).toThrow(
      expect.objectContaining({ code: 'trust/root-invalid' }),
    );
  });
});

const invalid = expect.objectContaining({ code: 'input/invalid' });

describe('owners and approvers', () => {
  const owned = withThreshold(withOwner(withOwner(root, key(5)), key(6)), 'owner', 2);

  test('are added one by one, and a threshold is set by role', () => {
    expect(owned.owners).toEqual({ keys: [key(5), key(6)], threshold: 2 });
    expect(withThreshold(root, 'publisher:acme', 3).publishers).toMatchObject([{ namespace: 'acme', threshold: 3 }]);
    expect(() => withThreshold(root, 'owner', 1)).toThrow(invalid);
    expect(() => withThreshold(root, 'publisher:other', 1)).toThrow(invalid);
  });

  test('an approver takes the place of nobody', () => {
    expect(withApprover({ ...root, approvers: 'none' }, key(7)).approvers).toEqual({ keys: [key(7)], threshold: 1 });
  });

  test('when the last one goes, nobody approves, and nobody owns', () => {
    const one = withApprover(withOwner(root, key(5)), key(5));
    const none = withoutSigner(one, key(5).keyId);
    expect(none.approvers).toBe('none');
    expect(none).not.toHaveProperty('owners');
    expect(withoutSigner(owned, key(5).keyId).owners).toEqual({ keys: [key(6)], threshold: 2 });
  });
});

describe('rotating a key', () => {
  const both = withConformanceKey(root, key(1));

  test('replaces it wherever it is believed', () => {
    const next = withRotatedKey(both, key(1).keyId, key(3));
    expect(acme(next)?.keys).toEqual([key(3)]);
    expect(next.conformance.keys).toEqual([key(9), key(3)]);
  });

  test('replaces it in one role only, when told', () => {
    const next = withRotatedKey(both, key(1).keyId, key(3), 'conformance');
    expect(acme(next)?.keys).toEqual([key(1)]);
    expect(next.conformance.keys).toEqual([key(9), key(3)]);
  });

  test('towards a key that is believed there already does not count it twice', () => {
    expect(withRotatedKey(both, key(1).keyId, key(9)).conformance.keys).toEqual([key(9)]);
  });

  test('of a key that is not believed there is refused', () => {
    expect(() => withRotatedKey(both, key(4).keyId, key(3))).toThrow(invalid);
    expect(() => withRotatedKey(root, key(1).keyId, key(3), 'conformance')).toThrow(invalid);
  });
});

describe('what a change changes', () => {
  test('names signers that come and go, thresholds, registries, policy and time', () => {
    const strict = withTrustFile(root, file(2, key(1), key(2)));
    const next = {
      ...withApprover(withoutSigner(strict, key(1).keyId), key(4)),
      expires: '2031-01-01T00:00:00.000Z',
      registries: [{ name: 'main' as never, location: '/srv/other', root: { signed: 2 } }],
      policy: { coolDown: 24 },
    };
    expect(differences(root, next)).toEqual([
      `+ publishing acme.*: ${key(2).keyId}`,
      `+ approving: ${key(4).keyId}`,
      `- publishing acme.*: ${key(1).keyId}`,
      '~ publishing acme.*: 2 have to sign, before 1',
      '~ registry main: at /srv/other, before /srv/registry',
      '~ registry main: another pinned root',
      '~ policy coolDown: 24, before nothing',
      '~ expires: "2031-01-01T00:00:00.000Z", before "2030-01-01T00:00:00.000Z"',
    ]);
    expect(differences(root, root)).toEqual([]);
  });

  test('of a first one is all of it', () => {
    expect(differences(undefined, root)).toEqual(
      expect.arrayContaining([`+ conformance: ${key(9).keyId}`, '+ registry main at /srv/registry']),
    );
    expect(signersOf(root)).toContainEqual(['publishing acme.*', key(1).keyId, '1 of 1']);
  });

  test('tells when owners, or everybody who approves, are gone', () => {
    const owned = { ...withOwner(root, key(5)), approvers: 'none' as const };
    expect(differences(root, owned)).toEqual([
      `+ owning this trust root: ${key(5).keyId}`,
      '~ approvers: "none", before nothing',
    ]);
    expect(differences(owned, root)).toEqual([
      `- owning this trust root: ${key(5).keyId}`,
      '~ approvers: nothing, before "none"',
    ]);
  });
});
