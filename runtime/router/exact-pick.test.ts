import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createExactPicker, type ExactPicker } from './exact-pick.ts';

/** Worst |n_i − n·w_i/Σw| over all prefixes, in picks. */
function worstDeviation(weights: readonly number[], picker: ExactPicker, picks: number): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights.map(() => 0);
  let worst = 0;
  for (let n = 1; n <= picks; n++) {
    const index = picker.next();
    counts[index] = (counts[index] ?? 0) + 1;
    for (let i = 0; i < weights.length; i++) {
      worst = Math.max(worst, Math.abs((counts[i] ?? 0) * total - n * (weights[i] ?? 0)));
    }
  }
  return worst / total;
}

/** Cuts 10,000 basis points into k parts, some of them possibly zero. */
const splits = fc
  .integer({ min: 1, max: 64 })
  .chain((k) => fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: k - 1, maxLength: k - 1 }))
  .map((cuts) => {
    const edges = [0, ...cuts.toSorted((a, b) => a - b), 10_000];
    return edges.slice(1).map((edge, i) => edge - (edges[i] ?? 0));
  });

/** nginx's smooth weighted round robin: whoever is owed most. */
function smoothRoundRobin(weights: readonly number[]): ExactPicker {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const current = weights.map(() => 0);
  return {
    next() {
      for (const [i, weight] of weights.entries()) current[i] = (current[i] ?? 0) + weight;
      const best = current.indexOf(Math.max(...current));
      current[best] = (current[best] ?? 0) - total;
      return best;
    },
  };
}

/** Caddy's kind: a block for each entry in turn. */
function blockRoundRobin(weights: readonly number[]): ExactPicker {
  const order = weights.flatMap((weight, i) => Array.from({ length: weight }, () => i));
  let n = 0;
  return { next: () => order[n++ % order.length] ?? 0 };
}

describe('the exact picker', () => {
  test('is off by less than one pick at every one of 20,000 prefixes, for random splits of up to 64 entries', () => {
    fc.assert(
      fc.property(splits, (weights) => worstDeviation(weights, createExactPicker(weights), 20_000) < 1),
      { numRuns: 60, seed: 7 },
    );
  });

  test('keeps Tijdeman’s bound 1 − 1/(2k−2) for few entries', () => {
    for (const weights of [
      [9500, 500],
      [3334, 3333, 3333],
      [9999, 1],
      [5000, 5000],
      [1, 2, 9997],
      [1, 1, 1, 9997],
    ]) {
      const bound = 1 - 1 / (2 * weights.length - 2);
      expect(worstDeviation(weights, createExactPicker(weights), 20_000)).toBeLessThanOrEqual(bound);
    }
  });

  test('gives each entry exactly its weight in 10,000 picks, and the same order in the next 10,000', () => {
    fc.assert(
      fc.property(splits, (weights) => {
        const picker = createExactPicker(weights);
        const first = Array.from({ length: 10_000 }, () => picker.next());
        const second = Array.from({ length: 10_000 }, () => picker.next());
        expect(weights.map((_, i) => first.filter((picked) => picked === i).length)).toEqual(weights);
        expect(second).toEqual(first);
      }),
      { numRuns: 15, seed: 11 },
    );
  });

  test('holds for weights that add up to less, as when a revision of the split is gone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 2, maxLength: 12 }), (weights) => {
        return worstDeviation(weights, createExactPicker(weights), 20_000) < 1;
      }),
      { numRuns: 40, seed: 13 },
    );
  });

  test('never picks weight 0', () => {
    const picker = createExactPicker([0, 10_000, 0]);
    expect(new Set(Array.from({ length: 10_000 }, () => picker.next()))).toEqual(new Set([1]));
  });

  test.each([[[]], [[0, 0]], [[-1, 10_001]], [[0.5, 9999.5]], [[Number.NaN]], [Array.from({ length: 65 }, () => 1)]])(
    'refuses weights that are no split: %j',
    (weights) => {
      expect(() => createExactPicker(weights)).toThrow(RangeError);
    },
  );
});

describe('the property is strong enough', () => {
  test.each([
    ['smooth weighted round robin', smoothRoundRobin],
    ['block round robin', blockRoundRobin],
  ])('%s fails it', (_, picker) => {
    const outcome = fc.check(
      fc.property(splits, (weights) => worstDeviation(weights, picker(weights), 20_000) < 1),
      { numRuns: 60, seed: 7 },
    );
    expect(outcome.failed).toBe(true);
  });

  test('a picker that forgets one pick in 10,000 fails it', () => {
    const leaky = (weights: readonly number[]): ExactPicker => {
      const picker = createExactPicker(weights);
      let n = 0;
      return { next: () => (++n % 5_000 === 0 ? weights.findIndex((weight) => weight > 0) : picker.next()) };
    };
    const outcome = fc.check(
      fc.property(splits, (weights) => worstDeviation(weights, leaky(weights), 20_000) < 1),
      { numRuns: 60, seed: 7 },
    );
    expect(outcome.failed).toBe(true);
  });
});
