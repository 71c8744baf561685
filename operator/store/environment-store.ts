import type { EnvironmentName, ErrorCode, ErrorData, Json } from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';
import type { AuditEvent } from './audit-event.ts';
import type { AuditHead } from './audit-log.ts';

/** What a request is called: in the policy, in the audit, and when it is repeated. */
export interface Request {
  /** Noun and verb: `traffic.set`. */
  readonly verb: string;
  /** What it is about: the id of a deployment, revision, slot or environment. */
  readonly target: string;
  /** All that the decision depends on besides the environment, as JSON; only its digest is kept. */
  readonly input: unknown;
  /** The caller's name for the request: asked again with the same input, it gets the stored result and changes nothing. */
  readonly idempotencyKey?: string;
  /** The decision document of an artifact's admission, for the audit. */
  readonly admission?: Json;
}

/** A change of an environment. */
export interface Change<R> extends Request {
  /** The generation the caller looked at; another one refuses the change with `env/stale`. */
  readonly ifGeneration?: number;
  /** Pure: what becomes of the environment. Throwing refuses the change. */
  decide(snapshot: Snapshot, now: Date): Decision<R>;
}

/** The making of an environment. */
export interface Creation<R> extends Request {
  /** Pure: the first document. */
  decide(now: Date): Decision<R>;
}

/** What came of a change. */
export interface Outcome<R> {
  readonly result: R;
  /** Whether the result is the stored one of an earlier request with the same idempotency key. */
  readonly replayed: boolean;
  /** The environment afterwards. */
  readonly snapshot: Snapshot;
}

/** Something that was refused before it came to a change. */
export interface Refusal {
  readonly verb: string;
  readonly target: string;
  readonly code: ErrorCode;
  readonly admission?: Json;
}

/** An environment in a listing; one that cannot be read is shown with its error. */
export type ListedEnvironment =
  | { readonly name: EnvironmentName; readonly snapshot: Snapshot }
  | { readonly name: EnvironmentName; readonly error: ErrorData };

/** The truth about environments, and the one path by which it changes. */
export interface EnvironmentStore {
  /** Makes an environment. Throws `env/exists`, and what `mutate` throws. */
  create<R>(name: EnvironmentName, creation: Creation<R>): Promise<Outcome<R>>;
  /**
   * Changes an environment: authorise, lock, finish what was cut short, replay, read, compare, decide, check, commit, record;
   * all of it or nothing. Refusals by policy, permission, trust or an old generation are recorded.
   * Throws what the policy and the decision throw, `env/not-found`, `env/busy`, `env/stale` with the actual generation in the
   * details, `env/idempotency-conflict`, `env/invalid`, `lock/mismatch`, `trust/root-changed`, `audit/broken`,
   * `env/unwritable` and `audit/unwritable`.
   */
  mutate<R>(name: EnvironmentName, change: Change<R>): Promise<Outcome<R>>;
  /**
   * An environment, verified against its own record. Takes the lock only to finish what a dead process left.
   * Throws `env/not-found`, `env/invalid`, `lock/mismatch`, `trust/root-changed` and `audit/broken`.
   */
  read(name: EnvironmentName): Promise<Snapshot>;
  /** All environments, by name. */
  list(): Promise<ListedEnvironment[]>;
  /** Adds a refusal to the audit; nothing else changes. */
  record(name: EnvironmentName, refusal: Refusal): Promise<void>;
  /** Up to `limit` (default 100, at most 1000) audit events after a sequence (default 0), oldest first. */
  events(name: EnvironmentName, page?: { after?: number; limit?: number }): Promise<AuditEvent[]>;
  /**
   * Checks the whole audit: each line, their chain, the files against its end and, when a head is given, that the chain still
   * passes through it. Returns the head to keep elsewhere: without one, a chain rewritten from some line to its end, together
   * with the files, is a chain like any other. Throws `audit/broken` with the sequence in the details.
   */
  verifyAudit(name: EnvironmentName, head?: AuditHead): Promise<AuditHead>;
}
