import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RevisionId } from './name.ts';
import { assertEntries, TOTAL_BPS } from './traffic-split.ts';

const entry = (n: number, weightBps: number) => ({ revision: `desk.acme.${n}` as RevisionId, weightBps });
const code = (value: string) => expect.objectContaining({ code: value });

describe('split entries', () => {
  test('any weights that add up to exactly 10,000 are accepted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TOTAL_BPS }), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), TOTAL_BPS];
        const entries = edges.slice(1).map((edge, i) => entry(i + 1, edge - (edges[i] ?? 0)));
        expect(() => assertEntries(entries)).not.toThrow();
      }),
    );
  });

  test('any other sum is refused with traffic/sum', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: TOTAL_BPS }), { maxLength: 10 }), (weights) => {
        fc.pre(weights.reduce((sum, weight) => sum + weight, 0) !== TOTAL_BPS);
        expect(() => assertEntries(weights.map((weight, i) => entry(i + 1, weight)))).toThrow(code('traffic/sum'));
      }),
    );
  });

  test.each([
    ['negative', -1],
    ['above all', 10_001],
    ['a fraction', 0.5],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['huge', 2 ** 53],
  ])('a weight that is %s is refused with traffic/entry', (_name, weight) => {
    expect(() => assertEntries([entry(1, weight), entry(2, TOTAL_BPS - weight)])).toThrow(code('traffic/entry'));
  });

  test('a revision named twice is refused', () => {
    expect(() => assertEntries([entry(1, 5000), entry(1, 5000)])).toThrow(code('traffic/entry'));
  });
});
