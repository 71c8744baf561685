import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identityId, PinnedTrustedRoot, TrustedIdentity } from './identity.ts';

const ci = {
  issuer: 'https://issuer.example',
  subjectAlternativeName: 'https://ci.example/acme/packs',
  trustedRoot: 'public',
};
const pinned = { name: 'public', root: {}, thresholds: { log: 1, timestamp: 1, certificateLog: 1 } };

describe('an identity', () => {
  test('counts once, whichever root or build it comes from', () => {
    const extensions = { '1.3.6.1.4.1.57264.1.9': 'https://ci.example/release' };
    for (const same of [
      { ...ci, trustedRoot: 'own' },
      { ...ci, extensions },
    ])
      expect(identityId(TrustedIdentity.parse(same))).toBe(identityId(ci));
  });

  test('is another when issuer or name is another, by as little as one letter', () => {
    fc.assert(
      fc.property(fc.webUrl(), fc.webUrl(), fc.webUrl(), fc.webUrl(), (issuer, name, otherIssuer, otherName) => {
        const one = identityId({ issuer, subjectAlternativeName: name, trustedRoot: 'a' });
        const other = identityId({ issuer: otherIssuer, subjectAlternativeName: otherName, trustedRoot: 'a' });
        expect(one === other).toBe(issuer === otherIssuer && name === otherName);
      }),
    );
    expect(identityId({ ...ci, issuer: 'https://Issuer.example' })).not.toBe(identityId(ci));
  });

  test.each<[what: string, changes: Record<string, unknown>]>([
    ['without an issuer', { issuer: '' }],
    ['without a name', { subjectAlternativeName: undefined }],
    ['of a name that is a pattern', { subjectAlternativeName: /acme/ }],
    ['of an endless name', { subjectAlternativeName: 'x'.repeat(513) }],
    ['under a root that is a path', { trustedRoot: '../public' }],
    ['with an extension that is no identifier', { extensions: { source: 'x' } }],
    ['with an extension of one number', { extensions: { '1': 'x' } }],
    ['with an extension of another arc', { extensions: { '2.5.29.17': 'x' } }],
    ['with an extension without a value', { extensions: { '1.3.6.1.4': '' } }],
    ['with a field nobody knows', { pattern: true }],
  ])('%s is refused', (_, changes) => {
    expect(TrustedIdentity.safeParse(ci).success).toBe(true);
    expect(TrustedIdentity.safeParse({ ...ci, ...changes }).success).toBe(false);
  });
});

describe('a pinned root', () => {
  test('may ask for no log where a clock signs, and always asks for a time', () => {
    const asking = (changes: object) =>
      PinnedTrustedRoot.safeParse({ ...pinned, thresholds: { ...pinned.thresholds, ...changes } }).success;
    expect(asking({ log: 0, certificateLog: 0 })).toBe(true);
    expect(asking({ timestamp: 0 })).toBe(false);
    for (const count of [-1, 9, 0.5, '1', undefined]) {
      for (const name of ['log', 'timestamp', 'certificateLog']) expect(asking({ [name]: count })).toBe(false);
    }
  });

  test.each([undefined, () => {}, new Date(0), Number.NaN])('that is no JSON is refused: %s', (root) => {
    expect(PinnedTrustedRoot.safeParse({ ...pinned, root }).success).toBe(false);
  });
});
