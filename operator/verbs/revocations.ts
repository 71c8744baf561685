import { type Digest, decode, Environment, GreenticError, RevocationOverride } from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';

/** What registries withdrew, each under the label its registry has in the trust root. */
export type RecordedRevocations = NonNullable<Environment['revocations']>;

/** Records what registries withdrew of what is here, in place of what was recorded. */
export function recordRevocations(
  { environment }: Snapshot,
  { revocations }: { readonly revocations: RecordedRevocations },
): Decision<{ revoked: number }> {
  const { revocations: _, ...others } = environment;
  const sorted = revocations.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const changed = sorted.length === 0 ? others : { ...others, revocations: sorted };
  return {
    environment: decode(Environment, changed, 'env/invalid', 'The environment'),
    result: { revoked: sorted.length },
  };
}

/** Longest an override may hold, in hours: 30 days. */
export const OVERRIDE_MAX_HOURS = 720;

/**
 * Lets something revoked run for some hours more. Throws `pack/not-revoked` for what is not, and `input/invalid` for hours
 * outside 1 to 720 or a reason that is none.
 */
export function overrideRevocation(
  { environment }: Snapshot,
  order: { readonly digest: Digest; readonly reason: string; readonly by: string; readonly hours: number },
  now: Date,
): Decision<RevocationOverride> {
  const { digest, reason, by, hours } = order;
  assertRevoked(environment, digest);
  if (!Number.isInteger(hours) || hours < 1 || hours > OVERRIDE_MAX_HOURS) {
    throw new GreenticError('input/invalid', `An override holds for 1 to ${OVERRIDE_MAX_HOURS} whole hours.`);
  }
  const until = new Date(now.getTime() + hours * 3_600_000).toISOString();
  const override = decode(RevocationOverride, { digest, reason, by, until }, 'input/invalid', 'The override');
  const others = (environment.overrides ?? []).filter((each) => each.digest !== digest && isRunning(each, now));
  return { environment: { ...environment, overrides: [...others, override] }, result: override };
}

/** Ends an override before its time. Throws `pack/not-revoked` when there is none. */
export function endOverride(
  { environment }: Snapshot,
  { digest }: { readonly digest: Digest },
): Decision<{ digest: Digest }> {
  const { overrides = [], ...others } = environment;
  if (!overrides.some((each) => each.digest === digest))
    throw new GreenticError('pack/not-revoked', `Nobody overrides a revocation of ${digest}.`);
  return {
    environment: { ...others, overrides: overrides.filter((each) => each.digest !== digest) },
    result: { digest },
  };
}

/** Milliseconds until the next override ends by itself; Infinity when none will. */
export function nextOverrideEnd({ overrides = [] }: Environment, now: Date): number {
  const ends = overrides.filter((each) => isRunning(each, now)).map(({ until }) => Date.parse(until) - now.getTime());
  return Math.min(...ends);
}

function assertRevoked({ revocations = [] }: Environment, digest: Digest): void {
  if (revocations.some((each) => each.digest === digest)) return;
  throw new GreenticError('pack/not-revoked', `No registry withdrew ${digest}, as far as is known here.`);
}

function isRunning({ until }: RevocationOverride, now: Date): boolean {
  return Date.parse(until) > now.getTime();
}
