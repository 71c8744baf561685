import type { ExactPicker } from './exact-pick.ts';
import { type CookieFault, cookieValue, type RevisionCookies } from './revision-cookie.ts';
import { opensRevision } from './revision-token.ts';
import type { CookieKeys } from './signing-key.ts';

/** What decided. */
export type PickReason = 'header' | 'cookie' | 'pin' | 'weight';

/** What a request says about where it wants to go. */
export interface RequestFacts {
  /** The header `x-greentic-revision`. */
  readonly revision: string | undefined;
  /** The header `x-greentic-revision-token`. */
  readonly token: string | undefined;
  /** The Cookie header. */
  readonly cookie: string | undefined;
  /**
   * The session's pin: a revision, or null for a session without one. Undefined when the request names no session, or
   * when the store of pins gave no answer: then the cookie takes its place.
   */
  readonly pin: string | null | undefined;
}

/** What the decision needs to know of a deployment. */
export interface DeploymentView {
  readonly environment: string;
  readonly deployment: string;
  readonly cookieName: string;
  /** Every revision that can answer. */
  readonly targets: ReadonlySet<string>;
  /** Those that keep the sessions they have: with weight, or draining. */
  readonly keeps: ReadonlySet<string>;
  /** Those that get new sessions, in the order of the picker; empty when none is ready. */
  readonly open: readonly string[];
  readonly picker: ExactPicker;
}

/** Where a request goes. */
export interface Decision {
  readonly revision: string;
  readonly reason: PickReason;
  /** Value of a cookie to set, for a session that is new to us. */
  readonly setCookie?: string;
  /** Whether to pin the session to the revision. */
  readonly pin?: true;
}

/** A decision, or none when no revision can take the request; and what was ignored on the way. */
export interface Outcome {
  readonly decision: Decision | undefined;
  readonly ignored?: 'token' | `cookie-${CookieFault}`;
}

/** What checks the request's proofs, and the clock to check them by. */
export interface Proofs {
  readonly keys: CookieKeys;
  readonly cookies: RevisionCookies;
  readonly nowMs: number;
}

/**
 * Decides which revision takes a request: the one it addresses with a valid token; else the one its signed cookie names;
 * else the one its session is pinned to; else the one whose turn it is. Only the last moves the picker, so the shares
 * are those of new sessions. A proof that does not hold is as good as none.
 */
export function decide(facts: RequestFacts, view: DeploymentView, proofs: Proofs): Outcome {
  let ignored: Outcome['ignored'];
  if (facts.revision !== undefined) {
    const scope = { deployment: view.deployment, revision: facts.revision };
    if (facts.token !== undefined && opensRevision(proofs.keys, scope, facts.token, proofs.nowMs)) {
      // Who addresses a revision wants that one or none.
      return {
        decision: view.targets.has(facts.revision) ? { revision: facts.revision, reason: 'header' } : undefined,
      };
    }
    ignored = 'token';
  }
  const value = facts.cookie === undefined ? undefined : cookieValue(facts.cookie, view.cookieName);
  if (value !== undefined) {
    const found = proofs.cookies.read(view, value, proofs.nowMs);
    if ('fault' in found) ignored = `cookie-${found.fault}`;
    else if (view.keeps.has(found.revision))
      return withIgnored({ revision: found.revision, reason: 'cookie' }, ignored);
  }
  if (typeof facts.pin === 'string' && view.keeps.has(facts.pin))
    return withIgnored({ revision: facts.pin, reason: 'pin' }, ignored);
  if (view.open.length === 0) return withIgnored(undefined, ignored);
  const revision = view.open[view.picker.next()] as string;
  if (facts.pin !== undefined) return withIgnored({ revision, reason: 'weight', pin: true }, ignored);
  return withIgnored(
    { revision, reason: 'weight', setCookie: proofs.cookies.issue(view, revision, proofs.nowMs) },
    ignored,
  );
}

function withIgnored(decision: Decision | undefined, ignored: Outcome['ignored']): Outcome {
  return ignored === undefined ? { decision } : { decision, ignored };
}
