import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeSignedTrustRoot } from '../trust-root/signed-trust-root.ts';
import { CHANGE_OF_OWNERS, ENOUGH, enforce, next, signedBy, TRUST_ROOT_ATTACKS } from './trust-root.fixture.ts';

describe('a trust root', () => {
  test.each(TRUST_ROOT_ATTACKS)('$name is refused with $code', ({ attack, code }) => {
    expect(attack).toThrow(expect.objectContaining({ code }));
  });

  test('that enough owners signed takes the place of the one in force', () => {
    const signers = ENOUGH.map(({ keyId }) => keyId).toSorted();
    expect(enforce(encodeSignedTrustRoot(signedBy(ENOUGH)))).toEqual(signers);
  });

  test('changes its owners with the signatures of the former and of the new ones', () => {
    const { coming } = CHANGE_OF_OWNERS;
    const owners = { keys: [coming].map(({ keyId, publicKey }) => ({ keyId, publicKey })), threshold: 1 };
    const root = next({ owners });
    expect(enforce(encodeSignedTrustRoot(signedBy([...ENOUGH, coming], root)))).toContain(coming.keyId);
  });

  test('that is signed is accepted with no byte changed', () => {
    const bytes = Buffer.from(encodeSignedTrustRoot(signedBy(ENOUGH)));
    fc.assert(
      fc.property(fc.nat({ max: bytes.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ by;
        expect(() => enforce(changed)).toThrow();
      }),
      { numRuns: 600 },
    );
  });

  test('that is signed is accepted with nothing cut off and nothing put in', () => {
    const text = encodeSignedTrustRoot(signedBy(ENOUGH));
    const at = fc.nat({ max: text.length - 1 });
    fc.assert(
      fc.property(at, fc.integer({ min: 1, max: 40 }), fc.string({ maxLength: 8 }), (from, length, put) => {
        const changed = text.slice(0, from) + put + text.slice(from + length);
        if (changed !== text) expect(() => enforce(changed)).toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
