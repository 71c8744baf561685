import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PinTable } from './pin-table.ts';

const pin = (session: string, expiresAt: number, revision = 'a.b.1') => ({
  deployment: 'a.b',
  session,
  revision,
  expiresAt,
});

describe('PinTable', () => {
  test('a pin is there until the instant it expires', () => {
    const pins = new PinTable(10);
    pins.set(pin('s', 1000), 0);
    expect(pins.get('a.b', 's', 999)).toBe('a.b.1');
    expect(pins.get('a.b', 's', 1000)).toBeUndefined();
    expect(pins.delete('a.b', 's', 1000)).toBe(false);
  });

  test('a full table refuses until pins expire, and never drops a live one', () => {
    const pins = new PinTable(2);
    pins.set(pin('s1', 1000), 0);
    pins.set(pin('s2', 2000), 0);
    expect(pins.set(pin('s3', 3000), 500)).toBe(false);
    expect(pins.get('a.b', 's1', 500)).toBe('a.b.1');
    expect(pins.set(pin('s3', 3000), 1500)).toBe(true);
    expect(pins.get('a.b', 's2', 1500)).toBe('a.b.1');
  });

  test('sessions of two deployments are apart', () => {
    const pins = new PinTable(10);
    pins.set(pin('s', 1000), 0);
    expect(pins.get('a.c', 's', 0)).toBeUndefined();
  });

  test('counts what a plain list of live pins counts', () => {
    const step = fc.record({
      session: fc.constantFrom('s1', 's2', 's3', 's4'),
      revision: fc.constantFrom('a.b.1', 'a.b.2'),
      ttl: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const pins = new PinTable(100);
        const model = new Map<string, { revision: string; expiresAt: number }>();
        for (const [now, { session, revision, ttl }] of steps.entries()) {
          if (pins.get('a.b', session, now) === undefined) {
            pins.set(pin(session, now + ttl, revision), now);
            model.set(session, { revision, expiresAt: now + ttl });
          }
          const live = [...model.values()].filter((entry) => entry.expiresAt > now);
          expect(pins.count('a.b', undefined, now)).toBe(live.length);
          expect(pins.count('a.b', 'a.b.2', now)).toBe(live.filter((entry) => entry.revision === 'a.b.2').length);
        }
      }),
    );
  });
});
