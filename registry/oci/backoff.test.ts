import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs, DEFAULT_BACKOFF, retryAfterMs } from './backoff.ts';

const NOW = Date.parse('2031-05-01T12:00:00Z');

describe('the wait before another attempt', () => {
  test.each([
    [1, 250],
    [2, 500],
    [3, 1000],
    [6, 8000],
    [7, 8000],
    [5000, 8000],
  ])('before attempt %i is at most %i ms', (attempt, ms) => {
    expect(backoffMs({ ...DEFAULT_BACKOFF, random: () => 1 }, attempt)).toBe(ms);
  });

  test('is spread over all the time up to its longest, whatever the numbers are', () => {
    const numbers = fc.record({
      firstMs: fc.nat(1e6),
      maxMs: fc.nat(1e6),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 100 }), ({ random, ...times }, attempt) => {
        const ms = backoffMs({ ...DEFAULT_BACKOFF, ...times, random: () => random }, attempt);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(times.maxMs);
        expect(Number.isInteger(ms)).toBe(true);
      }),
    );
  });
});

describe('Retry-After', () => {
  test.each([
    [undefined, undefined],
    ['0', 0],
    ['120', 120_000],
    ['999999999', 999_999_999_000],
    ['Thu, 01 May 2031 12:00:30 GMT', 30_000],
    ['Thu, 01 May 2031 11:00:00 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', Date.parse('9999-12-31T23:59:59Z') - NOW],
  ])('%s asks for %s ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms);
  });

  test.each([
    '',
    '-5',
    '1.5',
    '1e9',
    '5, 7',
    'soon',
    '10 minutes',
    '2031-05-01',
    '2031-05-01T12:00:30Z',
    'Thursday, 01-May-31 12:00:30 GMT',
    'Thu May  1 12:00:30 2031',
    'Thu, 01 May 2031 12:00:30 PST',
    'Thu, 99 Foo 2031 12:00:30 GMT',
    '9'.repeat(400),
  ])('%s asks for nothing', (header) => {
    expect(retryAfterMs(header, NOW)).toBeUndefined();
  });
});
