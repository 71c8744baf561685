import fc from 'fast-check';
import { expect, test } from 'vitest';
import { percentile } from './bar.ts';

test('a percentile is one of the values, and its share of them is not above it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { minLength: 1 }), fc.constantFrom(0.5, 0.95, 1), (values, share) => {
      const found = percentile(values, share);
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(values.length * share);
      expect(values.filter((value) => value < found).length).toBeLessThan(values.length * share);
    }),
  );
});

test('of nothing it is zero', () => {
  expect(percentile([], 0.95)).toBe(0);
});
