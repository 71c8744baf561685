import { SLOTS } from '@greentic/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listChecks } from './catalogue.ts';
import { judgeReport } from './judge.ts';
import { CheckResult, REPORT_MAX_BYTES } from './report.ts';
import { reportOf } from './testing/sample-report.ts';

const invalid = expect.objectContaining({ code: 'conformance/report-invalid' });

describe('judging a report', () => {
  test.each(SLOTS)('an honest report on a pack of the slot %s that passed everything is conformant', (slot) => {
    const report = reportOf(slot);
    expect(judgeReport(report)).toEqual({ report, result: 'conformant', reasons: [] });
    expect(judgeReport(JSON.stringify(report)).result).toBe('conformant');
    expect(judgeReport(Buffer.from(JSON.stringify(report))).result).toBe('conformant');
  });

  test('an honest report is judged as it says, whatever the checks found', () => {
    const ids = listChecks('state').map(({ id }) => id);
    const results = fc.tuple(...ids.map((id) => fc.tuple(fc.constant(id), fc.constantFrom(...CheckResult.options))));
    fc.assert(
      fc.property(results, (found) => {
        const changes = Object.fromEntries(found.map(([id, result]) => [id, { result }]));
        const report = reportOf('state', changes);
        const judgement = judgeReport(report);
        expect(judgement.result).toBe(report.result);
        const passed = found.filter(([, result]) => result === 'pass').length;
        expect(judgement.reasons).toHaveLength(ids.length - passed);
      }),
    );
  });

  test('a missing check makes it incomplete, and is named', () => {
    const report = reportOf('secrets', { 'SEC-05': null });
    expect(judgeReport(report)).toMatchObject({
      result: 'incomplete',
      reasons: [expect.stringContaining('SEC-05 is missing')],
    });
  });

  test('a check of another revision makes it incomplete', () => {
    const report = reportOf('secrets', { 'SEC-05': { rev: 7 } });
    expect(judgeReport(report)).toMatchObject({
      result: 'incomplete',
      reasons: [expect.stringContaining('revision 7')],
    });
  });

  test('a report of a kit with an older list is incomplete, though it claims to be conformant', () => {
    const report = reportOf('state', { 'STA-17': null });
    const older = { ...report, kit: { ...report.kit, checksDigest: `sha256:${'0'.repeat(64)}` }, result: 'conformant' };
    expect(judgeReport(older).result).toBe('incomplete');
  });

  test('a report on another version of the contract is incomplete', () => {
    const report = reportOf('state');
    expect(judgeReport({ ...report, pack: { ...report.pack, contract: 2 } }).result).toBe('incomplete');
  });
});

describe('the reasons of a judgement', () => {
  const reasonsOf = (...changes: Parameters<typeof reportOf>) => judgeReport(reportOf(...changes)).reasons;

  test.each([
    ['a failure, in its words', { result: 'fail', message: 'It is 1, not 2.' }, 'STA-02 is fail: It is 1, not 2.'],
    ['a failure without words', { result: 'fail' }, 'STA-02 is fail.'],
    ['a view that was blocked', { result: 'inconclusive', message: 'No eye.' }, 'STA-02 is inconclusive: No eye.'],
    ['a check that was left out', { result: 'skipped' }, 'STA-02 is skipped.'],
    ['a core check called unsupported', { result: 'unsupported' }, 'STA-02 is unsupported.'],
    ['another revision', { rev: 9 }, 'STA-02 ran in revision 9; this kit has 1.'],
  ] as const)('name %s', (_what, change, reason) => {
    expect(reasonsOf('state', { 'STA-02': change })).toEqual([reason]);
  });

  test('name a missing check with what it is about', () => {
    const [reason] = reasonsOf('state', { 'STA-02': null });
    expect(reason).toMatch(/^STA-02 is missing: A write or delete that expects another revision fails /);
  });

  test('name the contract alone when the report is about another version of it', () => {
    const report = reportOf('state', { 'STA-02': { result: 'skipped' } });
    const { reasons } = judgeReport({ ...report, pack: { ...report.pack, contract: 2 } });
    expect(reasons).toEqual(['The report is about version 2 of the state contract; this kit checks version 1.']);
  });

  test('are none for a check of a feature that the pack does not declare, and one for a feature it does', () => {
    const report = reportOf('sessions', { 'SES-03': { result: 'unsupported' } });
    expect(judgeReport(report)).toMatchObject({ result: 'incomplete', reasons: ['SES-03 is unsupported.'] });
    const without = { ...report, pack: { ...report.pack, features: [] } };
    const profiles = report.profiles.map((profile) => ({ ...profile, result: 'conformant' }));
    const honest = { ...without, profiles, result: 'conformant' };
    expect(judgeReport(honest)).toMatchObject({ result: 'conformant', reasons: [] });
  });
});

describe('a report is refused that', () => {
  const honest = reportOf('state', { 'STA-02': { result: 'fail' } });

  test.each(['conformant', 'incomplete'])('claims %s over a failed check', (result) => {
    expect(() => judgeReport({ ...honest, result })).toThrow(invalid);
  });

  test('claims failed though no check failed', () => {
    expect(() => judgeReport({ ...reportOf('state'), result: 'failed' })).toThrow(invalid);
  });

  test('claims conformant though a check is missing', () => {
    const report = reportOf('state', { 'STA-02': null });
    expect(() => judgeReport({ ...report, result: 'conformant' })).toThrow(invalid);
  });

  test('lets a check pass on too few observations', () => {
    const report = reportOf('state', { 'STA-02': { observations: 0 } });
    expect(() => judgeReport(report)).toThrow(invalid);
  });

  test('lowers the observations that this kit asks for', () => {
    const report = reportOf('state', { 'STA-02': { observations: 1, minObservations: 1 } });
    expect(judgeReport(report).result).toBe('incomplete');
    expect(() => judgeReport({ ...report, result: 'conformant' })).toThrow(invalid);
  });

  test('names a check twice', () => {
    const report = reportOf('state');
    expect(() => judgeReport({ ...report, checks: [...report.checks, report.checks[0]] })).toThrow(invalid);
  });

  test('sums its checks up wrongly', () => {
    const report = reportOf('state');
    const profiles = report.profiles.map((profile) => ({ ...profile, counts: { ...profile.counts, pass: 99 } }));
    expect(() => judgeReport({ ...report, profiles })).toThrow(invalid);
    expect(() => judgeReport({ ...report, profiles: [] })).toThrow(invalid);
  });

  test.each([
    ['is no JSON', '{'],
    ['is something else', { schema: 'greentic.lock/1' }],
    ['has a field nobody knows', { ...honest, trusted: true }],
    ['is of another schema', { ...honest, schema: 'greentic.conformance-report/2' }],
    ['is too large', `"${'x'.repeat(REPORT_MAX_BYTES)}"`],
    ['is nothing', undefined],
  ])('%s', (_what, source) => {
    expect(() => judgeReport(source)).toThrow(invalid);
  });
});
