import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CaseChanges, sampleCase, sampleIndex } from '../../testing/sample-case.ts';
import { T0 } from '../../testing/sample-registry.ts';
import type { AdmissionCase } from '../case.ts';
import { CLOCK_SKEW_MS, clockIsPlausible, versionHasCooled, vouchingIsRecent } from './age.ts';
import type { Rule } from './finding.ts';

const HOUR_MS = 3_600_000;
const NO_TESTIMONY = { statements: [], strangers: 0, broken: undefined };
// Signing evidence takes most of the time, and no rule here looks at any.
const caseOf = (changes: CaseChanges = {}) => sampleCase({ evidence: [], ...changes });
const at = (ms: number) => new Date(T0.getTime() + ms);
const iso = (ms: number) => at(ms).toISOString();
const codeOf = (rule: Rule, facts: AdmissionCase) => rule(facts, NO_TESTIMONY).code;
const hours = fc.integer({ min: 1, max: 9000 });
const moment = fc.integer({ min: -9000 * HOUR_MS, max: 9000 * HOUR_MS });

describe('the clock', () => {
  test.each([
    ['now', 0, undefined],
    ['as late as the skew', CLOCK_SKEW_MS, undefined],
    ['a millisecond later than the skew', CLOCK_SKEW_MS + 1, 'trust/clock-skew'],
    ['long ago', -9000 * HOUR_MS, undefined],
  ])('with something dated %s: for a trust root as for a version', (_, ms, code) => {
    expect(codeOf(clockIsPlausible, caseOf({ trust: { issued: iso(ms) } }))).toBe(code);
    expect(codeOf(clockIsPlausible, caseOf({ index: sampleIndex({ publishedAt: iso(ms) }) }))).toBe(code);
  });

  test('is plausible where nothing is dated', () => {
    const { index: _, ...locked } = caseOf();
    expect(codeOf(clockIsPlausible, locked)).toBeUndefined();
  });
});

describe('the cool-down', () => {
  test('is over at the very moment it ends, and never before', () => {
    fc.assert(
      fc.property(hours, moment, (coolDown, ms) => {
        const facts = caseOf({ policy: { coolDown }, index: sampleIndex({ publishedAt: iso(ms) }) });
        const over = ms + coolDown * HOUR_MS <= 0;
        expect(codeOf(versionHasCooled, facts)).toBe(over ? undefined : 'policy/cool-down');
      }),
    );
    for (const [ms, code] of [
      [-HOUR_MS, undefined],
      [-HOUR_MS + 1, 'policy/cool-down'],
    ] as const) {
      const facts = caseOf({ policy: { coolDown: 1 }, index: sampleIndex({ publishedAt: iso(ms) }) });
      expect(codeOf(versionHasCooled, facts)).toBe(code);
    }
  });

  test('is never over for a version without a date, and nobody’s concern where the policy asks for none', () => {
    expect(codeOf(versionHasCooled, caseOf({ policy: { coolDown: 1 } }))).toBe('policy/cool-down');
    expect(codeOf(versionHasCooled, caseOf({ policy: {} }))).toBeUndefined();
  });

  test('says when it ends: whoever waits as told is let pass', () => {
    fc.assert(
      fc.property(hours, (coolDown) => {
        const changes = { policy: { coolDown }, index: sampleIndex({ publishedAt: iso(0) }) };
        const { wayOut = '' } = versionHasCooled(caseOf(changes), NO_TESTIMONY);
        const [told] = /\d{4}-\S+Z/.exec(wayOut) ?? [];
        expect(codeOf(versionHasCooled, caseOf({ ...changes, now: new Date(told ?? '') }))).toBeUndefined();
      }),
    );
  });
});

describe('the age of a registry’s word', () => {
  const { index: _, ...locked } = caseOf();
  const opened = (maxAge: number, vouchedAt?: string) => {
    const { index: __, ...facts } = caseOf({ policy: { maxAge } });
    return vouchedAt === undefined ? facts : { ...facts, vouchedAt };
  };

  test('is let pass up to the very moment it ends, and not after', () => {
    fc.assert(
      fc.property(hours, moment, (maxAge, ms) => {
        const holds = ms + maxAge * HOUR_MS >= 0;
        expect(codeOf(vouchingIsRecent, opened(maxAge, iso(ms)))).toBe(holds ? undefined : 'policy/refused');
      }),
    );
    expect(codeOf(vouchingIsRecent, opened(1, iso(-HOUR_MS)))).toBeUndefined();
    expect(codeOf(vouchingIsRecent, opened(1, iso(-HOUR_MS - 1)))).toBe('policy/refused');
  });

  test('is none where an index vouches now, too old where none ever did, and nobody’s concern without a policy', () => {
    expect(codeOf(vouchingIsRecent, caseOf({ policy: { maxAge: 1 } }))).toBeUndefined();
    expect(codeOf(vouchingIsRecent, opened(9000))).toBe('policy/refused');
    expect(codeOf(vouchingIsRecent, locked)).toBeUndefined();
  });
});
