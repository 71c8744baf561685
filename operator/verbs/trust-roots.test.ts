import { encodeTrustRoot, GreenticError, generateKeyPair } from '@greentic/core';
import { signTrustRoot } from '@greentic/registry';
import { describe, expect, test } from 'vitest';
import { emptySnapshot, NOW, sampleTrustRoot } from '../testing/sample.ts';
import { setTrustRoot } from './trust-roots.ts';

const first = { ...emptySnapshot(), trustRoot: undefined };
const refusal = (code: string) => expect.objectContaining({ code });
const { secretKey, ...owner } = generateKeyPair(new Uint8Array(32).fill(9));
const owned = { ...sampleTrustRoot(), owners: { keys: [owner], threshold: 1 } };

describe('a trust root', () => {
  test('is put in force by version and digest, and without owners by whoever may change the environment', () => {
    const { environment, trustRoot, result } = setTrustRoot(first, { root: sampleTrustRoot() }, NOW);
    expect(environment.trustRoot).toEqual({ version: 1, digest: encodeTrustRoot(sampleTrustRoot()).digest });
    expect(result).toEqual({ ...environment.trustRoot, signedBy: [] });
    expect(trustRoot).toEqual(sampleTrustRoot());
    expect(setTrustRoot(emptySnapshot(), { root: sampleTrustRoot(2) }, NOW).result.version).toBe(2);
  });

  test('with owners is put in force with their signature only, and the result names who signed', () => {
    expect(() => setTrustRoot(first, { root: owned }, NOW)).toThrow(refusal('trust/root-unsigned'));
    const signed = signTrustRoot({ schema: 'greentic.signed-trust-root/1', root: owned, signatures: [] }, secretKey);
    expect(setTrustRoot(first, signed, NOW).result.signedBy).toEqual([owner.keyId]);
  });

  test.each([
    ['the same version again', emptySnapshot(), sampleTrustRoot(1), 'trust/root-rollback'],
    ['a version left out', emptySnapshot(), sampleTrustRoot(3), 'trust/root-rollback'],
    ['a first version that is not 1', first, sampleTrustRoot(2), 'trust/root-rollback'],
    ['another environment’s', first, { ...sampleTrustRoot(), environment: 'prod' }, 'trust/root-invalid'],
    ['one that has expired', first, { ...sampleTrustRoot(), expires: NOW.toISOString() }, 'trust/root-expired'],
  ])('is refused: %s', (_what, snapshot, root, code) => {
    const change = { root: root as ReturnType<typeof sampleTrustRoot> };
    expect(() => setTrustRoot(snapshot, change, NOW)).toThrow(refusal(code));
  });

  test('with a malformed key is refused before it is anywhere', () => {
    const publishers = [{ namespace: 'acme', keys: [{ keyId: 'x', publicKey: 'y' }], threshold: 1 }];
    expect(() => setTrustRoot(first, { root: { ...sampleTrustRoot(), publishers } as never }, NOW)).toThrow(
      GreenticError,
    );
  });
});
