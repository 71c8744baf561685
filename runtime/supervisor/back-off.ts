const FIRST_MS = 100;
const LONGEST_MS = 5000;
/** A worker that was ready this long has recovered: its next failure counts as the first. */
export const HEALTHY_MS = 30_000;

/** How long to wait after this many failures in a row (1 and more), in milliseconds: doubling from 100 to 5,000. */
export function backOffMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
}

/** Failures in a row after one more, of a worker that was ready for `readyMs` (0: it never was). */
export function failuresAfter(failures: number, readyMs: number): number {
  return readyMs >= HEALTHY_MS ? 1 : failures + 1;
}
