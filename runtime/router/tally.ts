import type { Outcome, PickReason } from './pick.ts';

/** How often a revision was chosen, by what decided, and how often its worker then failed to answer. */
export type RevisionCount = Record<PickReason | 'failed', number>;

/** How often something a request brought was not taken: a proof that did not hold, or a store of pins that did not answer. */
export type IgnoredCount = Record<NonNullable<Outcome['ignored']> | 'pins', number>;

/** Counts of one deployment. */
export interface Tally {
  readonly revisions: Map<string, RevisionCount>;
  readonly ignored: IgnoredCount;
}

/** A tally at zero. */
export function startTally(): Tally {
  return {
    revisions: new Map(),
    ignored: { token: 0, 'cookie-invalid': 0, 'cookie-expired': 0, 'cookie-foreign': 0, pins: 0 },
  };
}

/** Adds one to a revision's count. */
export function count({ revisions }: Tally, revision: string, what: PickReason | 'failed'): void {
  let counts = revisions.get(revision);
  if (counts === undefined) {
    counts = { header: 0, cookie: 0, pin: 0, weight: 0, failed: 0 };
    revisions.set(revision, counts);
  }
  counts[what]++;
}
