import { canonicalize, decode, encodeTrustRoot, generateKeyPair, TrustRoot } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differences, signersOf } from './trust-difference.ts';

const keys = [1, 2, 3].map((n) => {
  const { keyId, publicKey } = generateKeyPair(Buffer.alloc(32, n));
  return { keyId, publicKey };
});

const identity = fc.record(
  {
    issuer: fc.constantFrom('https://issuer.example', 'https://other.example'),
    subjectAlternativeName: fc.constantFrom('https://ci.example/acme', 'mail@acme.example'),
    trustedRoot: fc.constantFrom('public', 'private'),
    extensions: fc.dictionary(
      fc.constantFrom('1.3.6.1.4.1.57264.1.9', '1.3.6.1.4.1.57264.1.12'),
      fc.constantFrom('a', 'b'),
    ),
  },
  { requiredKeys: ['issuer', 'subjectAlternativeName', 'trustedRoot'] },
);

/** A role of one to three keys and up to two identities. */
const signers = fc
  .record({
    keys: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }),
    identities: fc.uniqueArray(identity, {
      maxLength: 2,
      selector: ({ issuer, subjectAlternativeName }) => `${issuer} ${subjectAlternativeName}`,
    }),
    threshold: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ threshold, ...rest }) => ({ ...rest, threshold: Math.min(threshold, rest.keys.length) }));

const thresholds = fc.record({ log: fc.nat(2), timestamp: fc.integer({ min: 1, max: 2 }), certificateLog: fc.nat(2) });
const longRoot = fc.constantFrom(...['a', 'b'].map((end) => ({ long: 'x'.repeat(400), end })));
const trustedRoot = (name: string) => fc.record({ name: fc.constant(name), root: longRoot, thresholds });
const registry = (name: string) =>
  fc.record({
    name: fc.constant(name),
    location: fc.constantFrom('/srv/one', '/srv/two'),
    root: fc.constantFrom({ signed: 1 }, { signed: 2 }),
  });
const publisher = (namespace: string) => signers.map((each) => ({ namespace, ...each }));

/** Any trust root of an environment that differs from others in whom it believes, and how far. */
const root: fc.Arbitrary<TrustRoot> = fc
  .record(
    {
      class: fc.constantFrom('local', 'protected'),
      expires: fc.constantFrom('2031-01-01T00:00:00.000Z', '2032-01-01T00:00:00.000Z'),
      registries: fc.tuple(registry('main'), registry('side')).chain((all) => fc.subarray(all)),
      publishers: fc.tuple(publisher('acme'), publisher('globex')).chain((all) => fc.subarray(all)),
      conformance: signers,
      trustedRoots: fc.tuple(trustedRoot('public'), trustedRoot('private')),
      approvers: fc.oneof(signers, fc.constant('none' as const)),
      owners: signers.map(({ keys: own, threshold }) => ({ keys: own, threshold })),
      policy: fc.record({ coolDown: fc.integer({ min: 1, max: 48 }), noDowngrade: fc.boolean() }),
    },
    { requiredKeys: ['class', 'expires', 'registries', 'publishers', 'conformance', 'trustedRoots'] },
  )
  .map((fields) => ({ schema: 'greentic.trust-root/1', environment: 'prod', version: 1, ...fields }))
  .map((value) => decode(TrustRoot, value, 'trust/root-invalid', 'The sample'));

const FIELDS = ['registries', 'publishers', 'conformance', 'trustedRoots', 'approvers', 'owners', 'policy'] as const;

/** Two that have nothing in common, or all but one field. */
const pair = fc.oneof(
  fc.tuple(root, root),
  fc.tuple(root, root, fc.constantFrom(...FIELDS)).map(([former, other, field]): [TrustRoot, TrustRoot] => {
    const { [field]: _, ...rest } = former;
    return [former, { ...rest, ...(other[field] === undefined ? {} : { [field]: other[field] }) } as TrustRoot];
  }),
);

/** Whom it believes and how far: lists in another order believe the same. */
function meaningOf({ version: _, issued: __, ...rest }: TrustRoot): string {
  const sorted = JSON.parse(canonicalize(rest), (_key, value) =>
    Array.isArray(value) ? value.toSorted((a, b) => (canonicalize(a) < canonicalize(b) ? -1 : 1)) : value,
  );
  const texts = JSON.stringify(sorted);
  return texts.replaceAll(/,?"(identities|extensions)":(\[\]|\{\})/g, '');
}

describe('what changes from one trust root to the next', () => {
  test('is something whenever what is believed differs, and nothing when it does not', () => {
    fc.assert(
      fc.property(pair, ([former, next]) => {
        expect(differences(former, next).length > 0).toBe(meaningOf(former) !== meaningOf(next));
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test('is nothing between a trust root and what its own bytes say', () => {
    fc.assert(
      fc.property(root, (each) => {
        expect(differences(each, JSON.parse(encodeTrustRoot(each).text))).toEqual([]);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  test('names back and forth what is gained one way and lost the other', () => {
    const signs = (all: string[], sign: string) => all.filter((line) => line[0] === sign).map((line) => line.slice(2));
    fc.assert(
      fc.property(root, root, (former, next) => {
        const [there, back] = [differences(former, next), differences(next, former)];
        const withoutPlace = (line: string) => line.replace(/ at .*$/, '');
        expect(signs(there, '+').map(withoutPlace).toSorted()).toEqual(signs(back, '-').toSorted());
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  test('is told of an identity that is held to less', () => {
    const [sample] = fc.sample(root, { numRuns: 1, seed: 4 });
    if (sample === undefined) throw new Error('sample');
    const held = { issuer: 'https://i.example', subjectAlternativeName: 'https://ci.example', trustedRoot: 'public' };
    const role = { keys: [], threshold: 1 };
    const strict = { ...held, extensions: { '1.3.6.1.4.1.57264.1.9': 'https://code.example/release.yml' } };
    const before = { ...sample, conformance: { ...role, identities: [strict] } } as unknown as TrustRoot;
    const after = { ...sample, conformance: { ...role, identities: [held] } } as unknown as TrustRoot;
    expect(differences(before, after)).toEqual([
      '+ conformance: https://ci.example (https://i.example) by public',
      '- conformance: https://ci.example (https://i.example) by public, 1.3.6.1.4.1.57264.1.9 = https://code.example/release.yml',
    ]);
  });

  test('is one line for each change, whatever a name has in it', () => {
    const [sample] = fc.sample(root, { numRuns: 1, seed: 6 });
    if (sample === undefined) throw new Error('sample');
    const registries = [{ name: 'extra', location: '/srv\n- owning this trust root: somebody', root: {} }];
    const added = differences({ ...sample, registries: [] }, { ...sample, registries } as unknown as TrustRoot);
    expect(added).toEqual(['+ registry extra at /srv\ufffd- owning this trust root: somebody']);
  });

  test('that is long shows its beginning and a digest, so that two do not look alike', () => {
    const [sample] = fc.sample(root, { numRuns: 1, seed: 5 });
    if (sample === undefined) throw new Error('sample');
    const pinned = (end: string) => ({
      name: 'public',
      root: { long: 'x'.repeat(400), end },
      thresholds: { log: 1, timestamp: 1, certificateLog: 1 },
    });
    const [one, two] = ['a', 'b'].map((end) => ({ ...sample, trustedRoots: [pinned(end)] }) as unknown as TrustRoot);
    const [line = '', ...others] = differences(one, two as TrustRoot);
    expect(others).toEqual([]);
    expect(line).toMatch(/^~ trusted root public: .{200}… \(sha256:[0-9a-f]{64}\), before .{200}… \(sha256:/);
    expect(line.length).toBeLessThan(700);
  });
});

test('whoever is believed is shown with how many have to sign, counting keys and identities', () => {
  fc.assert(
    fc.property(root, (each) => {
      const rows = signersOf(each).filter(([role]) => role === 'conformance');
      const count = each.conformance.keys.length + (each.conformance.identities ?? []).length;
      expect(rows).toHaveLength(count);
      for (const [, , of] of rows) expect(of).toBe(`${each.conformance.threshold} of ${count}`);
    }),
    { numRuns: 200, seed: 6 },
  );
});
