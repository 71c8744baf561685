import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from './seeded-random.ts';

describe('seeded random numbers', () => {
  test('are the same for the same seed and name, and others for any other', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (seed, name, other) => {
        const draw = (name: string) => new SeededRandom(seed, name).bytes(16).toString('hex');
        expect(draw(name)).toBe(draw(name));
        if (other !== name) expect(draw(other)).not.toBe(draw(name));
      }),
    );
  });

  test('stay below their limit, and reach every number below it', () => {
    const random = new SeededRandom('seed', 'name');
    const drawn = Array.from({ length: 1000 }, () => random.below(7));
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  test('give canaries that do not repeat', () => {
    const random = new SeededRandom('seed', 'name');
    const canaries = Array.from({ length: 1000 }, () => random.canary());
    expect(new Set(canaries).size).toBe(1000);
  });
});
