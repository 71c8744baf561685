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
});
