import type { BenchRow } from './row.ts';

/**
 * Nearest-rank percentile: the smallest of the values that at least `share` (above 0, to 1) of them do not exceed. Throws
 * RangeError when there are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  if (found === undefined) throw new RangeError('There is no percentile of nothing.');
  return found;
}

/** The value in the middle; of two, the lower. Throws RangeError when there are no values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** A figure with no more digits than a measurement is good for: three, or all before the point. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/**
 * What a row shows of differences between two measurements: not the least of them, which is that of the round in which the
 * other one was slowest. Throws RangeError when there are no values.
 */
export function differenceSummary(values: readonly number[]): Required<Pick<BenchRow, 'value' | 'p95' | 'rounds'>> {
  return { value: rounded(median(values)), p95: rounded(percentile(values, 0.95)), rounds: values.length };
}

/** Median, 95th percentile, least and number of rounds, as a row shows them. Throws RangeError when there are no values. */
export function summary(values: readonly number[]): Required<Pick<BenchRow, 'value' | 'p95' | 'least' | 'rounds'>> {
  return { ...differenceSummary(values), least: rounded(Math.min(...values)) };
}
