import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckResult } from './report.ts';
import { cardOf, passOf } from './testing/sample-report.ts';
import { profilesOf, verdictOf } from './verdict.ts';

const list = [cardOf('STA-01'), cardOf('STA-02'), cardOf('STA-03', { level: 'extended', feature: 'watch' })];
const passes = list.map((card) => passOf(card));
const others = CheckResult.options.filter((result) => result !== 'pass' && result !== 'fail');

describe('a verdict', () => {
  test('is conformant when every check passed', () => {
    expect(verdictOf(list, passes, ['watch'])).toBe('conformant');
  });

  test('is failed as soon as one check failed, whatever the others did', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CheckResult.options), { minLength: 3, maxLength: 3 }), (results) => {
        const outcomes = passes.map((pass, i) => ({ ...pass, result: results[i] ?? 'pass' }));
        const failed = results.includes('fail');
        expect(verdictOf(list, outcomes, ['watch']) === 'failed').toBe(failed);
      }),
    );
  });

  test.each(others)('of a core check that is %s is incomplete, never a pass', (result) => {
    const outcomes = passes.map((pass) => (pass.id === 'STA-02' ? { ...pass, result } : pass));
    expect(verdictOf(list, outcomes, ['watch'])).toBe('incomplete');
  });

  test('counts a missing check, or one of another revision, as not run', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.boolean(), (at, missing) => {
        const outcomes = missing
          ? passes.filter((_, i) => i !== at)
          : passes.map((pass, i) => (i === at ? { ...pass, rev: 2 } : pass));
        expect(verdictOf(list, outcomes, ['watch'])).toBe('incomplete');
      }),
    );
  });

  test('lets unsupported stand only for a feature that the pack does not declare', () => {
    const outcomes = passes.map((pass) => (pass.id === 'STA-03' ? { ...pass, result: 'unsupported' as const } : pass));
    expect(verdictOf(list, outcomes, [])).toBe('conformant');
    expect(verdictOf(list, outcomes, ['watch'])).toBe('incomplete');
  });

  test('does not take a pass on too few observations for a pass', () => {
    const outcomes = passes.map((pass) => ({ ...pass, observations: 1 }));
    expect(verdictOf(list, outcomes, ['watch'])).toBe('incomplete');
  });

  test('about no checks at all is incomplete', () => {
    expect(verdictOf([], [], [])).toBe('incomplete');
  });

  test('is drawn for each level apart', () => {
    const outcomes = passes.map((pass) => (pass.id === 'STA-03' ? { ...pass, result: 'fail' as const } : pass));
    expect(profilesOf(list, outcomes, ['watch'])).toEqual([
      {
        name: 'core',
        result: 'conformant',
        counts: { pass: 2, fail: 0, error: 0, inconclusive: 0, unsupported: 0, skipped: 0 },
      },
      {
        name: 'extended',
        result: 'failed',
        counts: { pass: 0, fail: 1, error: 0, inconclusive: 0, unsupported: 0, skipped: 0 },
      },
    ]);
  });

  test('counts every outcome of a level once, and none of another', () => {
    const results = fc.array(fc.constantFrom(...CheckResult.options), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(results, fc.boolean(), (found, stranger) => {
        const own = passes.map((pass, i) => ({ ...pass, result: found[i] ?? 'pass' }));
        const outcomes = stranger ? [...own, passOf(cardOf('STA-99'))] : own;
        const profiles = profilesOf(list, outcomes, ['watch']);
        for (const result of CheckResult.options) {
          const counted = profiles.reduce((sum, { counts }) => sum + counts[result], 0);
          expect(counted).toBe(own.filter((outcome) => outcome.result === result).length);
        }
      }),
    );
  });

  test('has the levels of the list in their order, and no level without a check', () => {
    const levels = (['adversarial', 'core', 'extended'] as const).map((level, i) => cardOf(`STA-0${i + 1}`, { level }));
    expect(profilesOf(levels, [], []).map(({ name }) => name)).toEqual(['core', 'extended', 'adversarial']);
    expect(profilesOf(levels.slice(0, 1), [], []).map(({ name }) => name)).toEqual(['adversarial']);
    expect(profilesOf([], passes, [])).toEqual([]);
  });

  test('does not grow with checks that are not on the list', () => {
    expect(verdictOf(list.slice(0, 1), passes, [])).toBe('conformant');
    expect(verdictOf(list, [...passes, passOf(cardOf('STA-99'), { result: 'error' })], ['watch'])).toBe('conformant');
    expect(verdictOf(list, [...passes, passOf(cardOf('STA-99'), { result: 'fail' })], ['watch'])).toBe('failed');
  });
});
