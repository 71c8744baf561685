/**
 * Contract of the deployer slot, version 1: makes a platform run revisions. Every method may be called twice with the same
 * input and has the effect of one call. What the platform shows counts, not what a method returned.
 */
export interface Deployer {
  /** Makes the revision known to the platform, without running it. Another bundle under a known id: `deploy/revision-conflict`. */
  stage(input: { revision: RevisionSpec }): Promise<Record<never, never>>;
  /** Starts it. Returns when the platform accepted the order; `observe` tells when it runs. Unknown: `deploy/revision-unknown`. */
  warm(input: RevisionRef): Promise<Record<never, never>>;
  /** What the platform shows now of the revisions asked for. Changes nothing. */
  observe(input: { environment: string; revisions: string[] }): Promise<{ revisions: ObservedRevision[] }>;
  /** Lets running requests end and takes no part in new ones; a drained revision stays known. */
  drain(input: RevisionRef): Promise<Record<never, never>>;
  /** Stops it and removes all of it. Unknown is success. */
  archive(input: RevisionRef): Promise<Record<never, never>>;
  /** Makes the platform ready to carry this split (capacity, published routes); the router decides who gets what. */
  applySplit(input: { environment: string; deployment: string; entries: SplitShare[] }): Promise<Record<never, never>>;
  /** Removes everything of the environment that this pack made, and nothing else. */
  destroy(input: { environment: string }): Promise<Record<never, never>>;
}

/** Names a revision in its environment. */
export interface RevisionRef {
  environment: string;
  revision: string;
}

/** All a platform needs to run a revision. */
export interface RevisionSpec extends RevisionRef {
  deployment: string;
  customer: string;
  bundle: { name: string; version: string; digest: string };
}

/** One revision's share of the traffic, in basis points. */
export interface SplitShare {
  revision: string;
  weightBps: number;
}

/** What a platform shows of a revision. */
export interface ObservedRevision {
  revision: string;
  phase: 'absent' | 'staged' | 'starting' | 'ready' | 'draining' | 'failed';
  /** Where it answers: `http://host:port` or `unix:<path>`; null unless ready or draining. */
  endpoint: string | null;
  /** Why, for a person; never a secret. */
  message: string;
}
