import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../decision.ts';
import { emptySnapshot, NOW, sampleTrustRoot } from '../testing/sample.ts';
import { mayEnd, nextEnd } from './holding.ts';

const HOUR_MS = 3_600_000;
const later = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS);

/** A snapshot whose trust root runs out in some hours. */
function expiringIn(hours: number): Snapshot {
  return { ...emptySnapshot(), trustRoot: { ...sampleTrustRoot(), expires: later(hours).toISOString() } };
}

const overridden = (snapshot: Snapshot, hours: number): Snapshot => {
  const override = { digest: `sha256:${'1'.repeat(64)}`, reason: 'x', by: 'ada', until: later(hours).toISOString() };
  return { ...snapshot, environment: { ...snapshot.environment, overrides: [override] } as Snapshot['environment'] };
};

describe('what holds for a time', () => {
  test('ends with the trust root, or with an override when that comes first', () => {
    expect(nextEnd(expiringIn(5), NOW)).toBe(5 * HOUR_MS);
    expect(nextEnd(overridden(expiringIn(5), 2), NOW)).toBe(2 * HOUR_MS);
    expect(nextEnd(overridden(expiringIn(5), 2), later(3))).toBe(2 * HOUR_MS);
  });

  test('has no end any more when all is over', () => {
    expect(nextEnd(expiringIn(5), later(5))).toBe(Number.POSITIVE_INFINITY);
  });

  test('may end by itself while there is an override or an age, and once the trust root is over', () => {
    expect(mayEnd(expiringIn(5), NOW)).toBe(false);
    expect(mayEnd(expiringIn(5), later(5))).toBe(true);
    expect(mayEnd(overridden(expiringIn(5), 2), NOW)).toBe(true);
    const aged = expiringIn(5);
    const policy = { maxAge: 48 };
    expect(mayEnd({ ...aged, trustRoot: { ...sampleTrustRoot(), policy } } as Snapshot, NOW)).toBe(true);
  });
});
