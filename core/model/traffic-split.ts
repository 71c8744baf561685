import * as z from 'zod';
import { GreenticError } from '../errors.ts';
import { DeploymentId, Instant, RevisionId } from './name.ts';

/** All traffic, in basis points. */
export const TOTAL_BPS = 10_000;

/** One revision's share. */
export const SplitEntry = z.looseObject({ revision: RevisionId, weightBps: z.int().min(0).max(TOTAL_BPS) });
export type SplitEntry = z.infer<typeof SplitEntry>;

/** The dial of one deployment: who gets which share of its traffic. Entries add up to exactly 10,000. */
export const TrafficSplit = z.looseObject({
  deployment: DeploymentId,
  /** Grows by one with each move of the dial; a rollback is a move like any other. */
  generation: z.int().min(1),
  entries: z.array(SplitEntry).min(1).max(64),
  updatedAt: Instant,
  updatedBy: z.string(),
  /** Earlier entries, newest first, for rollback. */
  history: z.array(z.array(SplitEntry)).max(20).default([]),
});
export type TrafficSplit = z.infer<typeof TrafficSplit>;

/** Throws `traffic/entry` or `traffic/sum` unless each revision is named once and the weights add up to exactly 10,000. */
export function assertEntries(entries: readonly SplitEntry[]): void {
  const seen = new Set<string>();
  let sum = 0;
  for (const { revision, weightBps } of entries) {
    if (seen.has(revision)) throw new GreenticError('traffic/entry', `Revision ${revision} is named twice.`);
    seen.add(revision);
    if (!Number.isInteger(weightBps) || weightBps < 0 || weightBps > TOTAL_BPS) {
      throw new GreenticError('traffic/entry', `Weight ${weightBps} of ${revision} is not between 0 and ${TOTAL_BPS}.`);
    }
    sum += weightBps;
  }
  if (sum !== TOTAL_BPS)
    throw new GreenticError('traffic/sum', `The weights add up to ${sum}, not ${TOTAL_BPS}.`, { details: { sum } });
}
