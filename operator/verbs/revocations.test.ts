import type { Digest } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../decision.ts';
import { emptySnapshot, NOW, samplePin } from '../testing/sample.ts';
import {
  endOverride,
  nextOverrideEnd,
  OVERRIDE_MAX_HOURS,
  overrideRevocation,
  type RecordedRevocations,
  recordRevocations,
} from './revocations.ts';

const HOUR_MS = 3_600_000;
const [ONE, TWO] = [samplePin('acme.state.one'), samplePin('acme.state.two')];

const later = (hours: number) => new Date(NOW.getTime() + hours * HOUR_MS);
const refusal = (code: string) => expect.objectContaining({ code });

/** A record of these pins, in this order. */
function recordOf(...pins: (typeof ONE)[]): RecordedRevocations {
  const facts = { severity: 'high', reason: 'leaks', since: NOW.toISOString(), registry: 'main' };
  return pins.map(({ name, version, digest }) => ({ name, version, digest, ...facts })) as RecordedRevocations;
}

/** An environment that knows these pins to be revoked. */
function knowing(...pins: (typeof ONE)[]): Snapshot {
  const { environment } = recordRevocations(emptySnapshot(), { revocations: recordOf(...pins) });
  return { ...emptySnapshot(), environment };
}

function overriding(snapshot: Snapshot, digest: Digest, hours = 1, now = NOW): Snapshot {
  const order = { digest, reason: 'the customer knows', by: 'ada', hours };
  return { ...snapshot, environment: overrideRevocation(snapshot, order, now).environment };
}

const spared = ({ environment }: Snapshot) => (environment.overrides ?? []).map(({ digest }) => digest);

describe('the record of revocations', () => {
  test('is the same whatever order it was told in, and takes the place of the one before', () => {
    expect(knowing(ONE, TWO).environment).toEqual(knowing(TWO, ONE).environment);
    const { environment } = recordRevocations(knowing(ONE, TWO), { revocations: recordOf(TWO) });
    expect(environment.revocations).toEqual(recordOf(TWO));
  });

  test('leaves nothing behind when nothing is revoked any more', () => {
    const { environment, result } = recordRevocations(knowing(ONE), { revocations: [] });
    expect(environment).not.toHaveProperty('revocations');
    expect(result).toEqual({ revoked: 0 });
  });

  test('with a malformed entry is refused', () => {
    const revocations = recordOf({ ...ONE, digest: 'sha256:short' as Digest });
    expect(() => recordRevocations(emptySnapshot(), { revocations })).toThrow(refusal('env/invalid'));
  });
});

describe('an override', () => {
  test('takes the place of the former one for the same digest, and leaves others that still hold', () => {
    const both = overriding(overriding(knowing(ONE, TWO), ONE.digest), TWO.digest);
    expect(spared(both)).toEqual([ONE.digest, TWO.digest]);
    const again = overriding(both, ONE.digest, 5);
    expect(again.environment.overrides).toHaveLength(2);
    expect(nextOverrideEnd(again.environment, later(1))).toBe(4 * HOUR_MS);
  });

  test('clears away those that have run out', () => {
    const one = overriding(knowing(ONE, TWO), ONE.digest, 1);
    expect(spared(overriding(one, TWO.digest, 1, later(1)))).toEqual([TWO.digest]);
  });

  test.each([0, -1, 1.5, Number.NaN, OVERRIDE_MAX_HOURS + 1])('of %d hours is refused', (hours) => {
    expect(() => overriding(knowing(ONE), ONE.digest, hours)).toThrow(refusal('input/invalid'));
  });

  test('of what is not on record is refused', () => {
    expect(() => overriding(knowing(ONE), TWO.digest)).toThrow(refusal('pack/not-revoked'));
  });

  test('that nobody gave cannot be ended', () => {
    expect(() => endOverride(overriding(knowing(ONE, TWO), ONE.digest), { digest: TWO.digest })).toThrow(
      refusal('pack/not-revoked'),
    );
  });

  test('can be ended also when the revocation is no longer on record', () => {
    const { environment } = recordRevocations(overriding(knowing(ONE), ONE.digest), { revocations: [] });
    expect(endOverride({ ...emptySnapshot(), environment }, ONE).environment.overrides).toEqual([]);
  });
});

describe('the next end of an override', () => {
  test('is that of the one that ends first', () => {
    const { environment } = overriding(overriding(knowing(ONE, TWO), ONE.digest, 7), TWO.digest, 3);
    expect(nextOverrideEnd(environment, NOW)).toBe(3 * HOUR_MS);
    expect(nextOverrideEnd(environment, later(3))).toBe(4 * HOUR_MS);
  });

  test('never comes when there is none, or all have run out', () => {
    expect(nextOverrideEnd(emptySnapshot().environment, NOW)).toBe(Number.POSITIVE_INFINITY);
    const { environment } = overriding(knowing(ONE), ONE.digest, 2);
    expect(nextOverrideEnd(environment, later(2))).toBe(Number.POSITIVE_INFINITY);
  });
});
