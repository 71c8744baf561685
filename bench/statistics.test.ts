import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceSummary, median, percentile, rounded, summary } from './statistics.ts';

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('a percentile', () => {
  test('is one of the values, and at least its share of them do not exceed it', () => {
    fc.assert(
      fc.property(values, share, (all, part) => {
        const found = percentile(all, part);
        expect(all).toContain(found);
        expect(all.filter((value) => value <= found).length).toBeGreaterThanOrEqual(all.length * part - 1e-9);
        expect(all.filter((value) => value < found).length).toBeLessThan(all.length * part);
      }),
    );
  });

  test('does not depend on the order of the values, and leaves them as they were', () => {
    fc.assert(
      fc.property(values, share, (all, part) => {
        const before = [...all];
        expect(percentile(all.toReversed(), part)).toBe(percentile(all, part));
        expect(all).toEqual(before);
      }),
    );
  });

  test('grows with its share', () => {
    fc.assert(
      fc.property(values, share, share, (all, a, b) => {
        expect(percentile(all, Math.min(a, b))).toBeLessThanOrEqual(percentile(all, Math.max(a, b)));
      }),
    );
  });

  test('of nothing is refused', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError);
    expect(() => median([])).toThrow(RangeError);
  });
});

test.each([
  [[3], 3],
  [[2, 1], 1],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2],
])('the median of %j is %d', (all, expected) => {
  expect(median(all)).toBe(expected);
});

test('a summary is the median, the 95th percentile, the least and the number of rounds', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(summary(hundred)).toEqual({ value: 50, p95: 95, least: 1, rounds: 100 });
  expect(differenceSummary(hundred)).toEqual({ value: 50, p95: 95, rounds: 100 });
});

test.each([
  [0.024567, 0.0246],
  [12.349, 12.3],
  [149.6, 150],
  [12_345.6, 12_346],
  [-2.34567, -2.35],
  [0, 0],
])('%d is shown as %d', (value, expected) => {
  expect(rounded(value)).toBe(expected);
});
