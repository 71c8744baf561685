import type { Snapshot } from './snapshot.ts';
import type { IgnoredCount, RevisionCount } from './tally.ts';
import type { UpstreamSet } from './upstream-set.ts';

/** What the router did, by deployment. */
export interface RouterStats {
  /** Generation in force; 0 before the first. */
  readonly generation: number;
  /** Endpoints with open connections, those being let go included. */
  readonly upstreams: number;
  readonly deployments: readonly DeploymentStats[];
}

/** Counts of one deployment since its split's generation began. */
export interface DeploymentStats {
  readonly deployment: string;
  readonly splitGeneration: number;
  /** By revision: requests by what decided, and how many of them its worker failed. */
  readonly revisions: Readonly<Record<string, Readonly<RevisionCount>>>;
  /** What requests brought that was not taken, by kind. */
  readonly ignored: Readonly<IgnoredCount>;
}

/** A copy of the counts: it does not move with the traffic. */
export function reportStats(snapshot: Snapshot | undefined, upstreams: UpstreamSet): RouterStats {
  return {
    generation: snapshot?.generation ?? 0,
    upstreams: upstreams.size(),
    deployments: [...(snapshot?.deployments.values() ?? [])].map(({ deployment, splitGeneration, tally }) => ({
      deployment,
      splitGeneration,
      revisions: Object.fromEntries([...tally.revisions].map(([revision, counts]) => [revision, { ...counts }])),
      ignored: { ...tally.ignored },
    })),
  };
}
