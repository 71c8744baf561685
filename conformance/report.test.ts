import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckOutcome, ConformanceReport, KIT_VERSION } from './report.ts';
import { cardOf, passOf, reportOf } from './testing/sample-report.ts';

const outcome = passOf(cardOf('STA-01'));
const report = reportOf('state');

describe('an outcome', () => {
  test.each([
    ['an id with small letters', { id: 'sta-01' }],
    ['an id with more than its number', { id: 'STA-01\n' }],
    ['an id of three digits', { id: 'STA-001' }],
    ['no revision', { rev: 0 }],
    ['half a revision', { rev: 1.5 }],
    ['a result nobody knows', { result: 'passed' }],
    ['fewer observations than none', { observations: -1 }],
    ['no observations asked for', { minObservations: 0 }],
    ['a time that ran backwards', { ms: -1 }],
    ['a time that never ends', { ms: Number.POSITIVE_INFINITY }],
    ['a message without end', { message: 'm'.repeat(4001) }],
    ['a hint without end', { hint: 'h'.repeat(1001) }],
    ['a clause without end', { clause: 'c'.repeat(1001) }],
    ['a message that is there and nothing', { message: undefined }],
    ['a field nobody knows', { trusted: true }],
  ])('with %s is refused', (_what, change) => {
    expect(CheckOutcome.safeParse({ ...outcome, ...change }).success).toBe(false);
  });

  test('takes texts of the longest', () => {
    const longest = { message: 'm'.repeat(4000), hint: 'h'.repeat(1000), clause: 'c'.repeat(1000) };
    expect(CheckOutcome.parse({ ...outcome, ...longest })).toEqual({ ...outcome, ...longest });
  });
});

describe('a report', () => {
  const { kit, pack, host } = report;

  test.each([
    ['of another kind', { schema: 'greentic.pack/1' }],
    ['of a kit without a version', { kit: { ...kit, version: '1' } }],
    ['with a digest of the checks that is none', { kit: { ...kit, checksDigest: 'sha256:0' } }],
    ['about a pack without a digest', { pack: { ...pack, digest: '' } }],
    ['about a slot nobody knows', { pack: { ...pack, slot: 'storage' } }],
    ['about a version of no contract', { pack: { ...pack, contract: 0 } }],
    ['about a name that is none', { pack: { ...pack, name: '../state' } }],
    ['about features without end', { pack: { ...pack, features: Array.from({ length: 33 }, (_, i) => `f${i}`) } }],
    ['of a machine without a processor', { host: { ...host, cpus: 0 } }],
    ['of a machine with a serial number', { host: { ...host, serial: '1' } }],
    ['without a seed', { seed: '' }],
    ['with a seed that is too long', { seed: 's'.repeat(65) }],
    ['that began at no time', { startedAt: 'yesterday' }],
    ['that took less than no time', { durationMs: -1 }],
    ['with a level too many', { profiles: Array.from({ length: 4 }, () => report.profiles[0]) }],
    ['with checks without end', { checks: Array.from({ length: 501 }, () => outcome) }],
    ['with a result nobody knows', { result: 'passed' }],
  ])('%s is refused', (_what, change) => {
    expect(ConformanceReport.safeParse({ ...report, ...change }).success).toBe(false);
  });

  test('is refused without any one of its fields', () => {
    for (const field of Object.keys(report)) {
      const { [field as keyof typeof report]: _left, ...rest } = report;
      expect(ConformanceReport.safeParse(rest).success).toBe(false);
    }
  });

  test('is no other after JSON', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, fc.nat(), (message, ms) => {
        const told = { ...report, checks: [{ ...outcome, result: 'fail', message, ms }] };
        expect(ConformanceReport.parse(JSON.parse(JSON.stringify(told)))).toEqual(told);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  test('is written by a kit that says its version', () => {
    expect(KIT_VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
