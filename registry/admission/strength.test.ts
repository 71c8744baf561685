import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVIDENCE_KINDS, Strength, shortfall, strongest } from './strength.ts';

const count = fc.nat({ max: 5 });
const strength = fc.record({ publish: count, conformance: count, provenance: count, sbom: count, approval: count });
const wanted = fc.record(
  { publish: count, conformance: count, provenance: count, sbom: count, approval: count },
  { requiredKeys: [] },
);
const decided = (all: readonly Strength[]) => all.map((each) => ({ kind: 'state', strength: each }));
const enough = (actual: Strength, least: Partial<Strength>) => shortfall(actual, least).length === 0;

describe('the strength of evidence', () => {
  test('is enough for itself', () => {
    fc.assert(fc.property(strength, (each) => enough(each, each)));
  });

  test('that is enough both ways is equal', () => {
    fc.assert(
      fc.property(strength, strength, (a, b) => {
        if (enough(a, b) && enough(b, a)) expect(a).toEqual(b);
      }),
    );
  });

  test('that is enough for something is enough for all that this is enough for', () => {
    fc.assert(
      fc.property(strength, strength, strength, (a, b, c) => {
        if (enough(a, b) && enough(b, c)) expect(enough(a, c)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('lacks exactly the kinds of which there are fewer signers than asked, each told once with both numbers', () => {
    fc.assert(
      fc.property(strength, wanted, (actual, least) => {
        const missing = shortfall(actual, least);
        expect(missing.map(({ kind }) => kind)).toEqual(
          EVIDENCE_KINDS.filter((kind) => actual[kind] < (least[kind] ?? 0)),
        );
        for (const each of missing)
          expect(each).toEqual({ kind: each.kind, actual: actual[each.kind], wanted: least[each.kind] });
      }),
    );
  });

  test('is never made less by one signer more', () => {
    fc.assert(
      fc.property(strength, wanted, fc.constantFrom(...EVIDENCE_KINDS), (actual, least, kind) => {
        const more = { ...actual, [kind]: actual[kind] + 1 };
        const before = shortfall(actual, least).map((each) => each.kind);
        for (const each of shortfall(more, least)) expect(before).toContain(each.kind);
      }),
    );
  });

  test('lacks nothing where nothing is asked', () => {
    const none = { publish: 0, conformance: 0, provenance: 0, sbom: 0, approval: 0 };
    expect(shortfall(none, {})).toEqual([]);
    expect(shortfall(none, { sbom: undefined, approval: 0 })).toEqual([]);
  });
});

describe('the strongest of some decisions', () => {
  test('is enough for each of them, and nothing weaker is', () => {
    fc.assert(
      fc.property(
        fc.array(strength, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...EVIDENCE_KINDS),
        (all, kind) => {
          const most = strongest(decided(all)) as Strength;
          for (const each of all) expect(enough(most, each)).toBe(true);
          const less = { ...most, [kind]: most[kind] - 1 };
          expect(all.every((each) => enough(less, each))).toBe(false);
        },
      ),
    );
  });

  test('depends neither on their order nor on how often one is there', () => {
    fc.assert(
      fc.property(fc.array(strength, { minLength: 1, maxLength: 5 }), (all) => {
        expect(strongest(decided([...all.toReversed(), ...all]))).toEqual(strongest(decided(all)));
      }),
    );
  });

  test('is of no one decision when each has more of another kind', () => {
    const none = { publish: 0, conformance: 0, provenance: 0, sbom: 0, approval: 0 };
    expect(
      strongest(
        decided([
          { ...none, sbom: 2 },
          { ...none, approval: 1 },
        ]),
      ),
    ).toEqual({ ...none, sbom: 2, approval: 1 });
  });

  test('of nothing is undefined, which is no strength of zero', () => {
    expect(strongest([])).toBeUndefined();
  });

  test('counts a publisher and a lab for a pack whose decision does not say, and a publisher for a bundle', () => {
    expect(strongest([{ kind: 'secrets' }])).toMatchObject({ publish: 1, conformance: 1, sbom: 0 });
    expect(strongest([{ kind: 'bundle' }])).toMatchObject({ publish: 1, conformance: 0, sbom: 0 });
  });
});

test.each([-1, 0.5, 4097, Number.NaN, '1', null, undefined])('%s is no number of signers', (publish) => {
  const rest = { conformance: 0, provenance: 0, sbom: 0, approval: 0 };
  expect(Strength.safeParse({ publish: 1, ...rest }).success).toBe(true);
  expect(Strength.safeParse({ publish, ...rest }).success).toBe(false);
});
