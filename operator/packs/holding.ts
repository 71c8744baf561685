import type { Snapshot } from '../decision.ts';
import { nextOverrideEnd } from '../verbs/revocations.ts';
import { lockOf } from './lock.ts';

const HOUR_MS = 3_600_000;

/** Whether what is admitted may be refused later although nothing changes: time alone does it. */
export function mayEnd({ environment, trustRoot }: Snapshot, now: Date): boolean {
  const expired = trustRoot !== undefined && Date.parse(trustRoot.expires) <= now.getTime();
  return expired || trustRoot?.policy?.maxAge !== undefined || (environment.overrides ?? []).length > 0;
}

/**
 * Milliseconds until something stops holding by itself, as the trust root, an override, or an index's word for what is locked;
 * Infinity when nothing will.
 */
export function nextEnd(snapshot: Snapshot, now: Date): number {
  const { environment, trustRoot } = snapshot;
  const maxAge = trustRoot?.policy?.maxAge;
  const vouched = maxAge === undefined ? [] : lockOf(snapshot).entries.map(({ decision }) => decision.decidedAt);
  const ends = [
    ...(trustRoot === undefined ? [] : [Date.parse(trustRoot.expires)]),
    // Refused after its last hour, not at its end.
    ...vouched.map((at) => Date.parse(at) + (maxAge ?? 0) * HOUR_MS + 1),
  ];
  const left = ends.map((end) => end - now.getTime()).filter((ms) => ms > 0);
  return Math.min(nextOverrideEnd(environment, now), ...left);
}
