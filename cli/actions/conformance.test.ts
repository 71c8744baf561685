import type { ConformanceReport } from '@greentic/conformance';
import { describe, expect, test } from 'vitest';
import { describeReport } from './conformance.ts';

type Check = Partial<ConformanceReport['checks'][number]>;

/** What people are told of a report with these checks. */
function told(result: ConformanceReport['result'], ...checks: Check[]): string[] {
  const pack = { name: 'acme.secrets.vault', version: '1.0.0' };
  return describeReport({ pack, result, checks } as unknown as ConformanceReport).split('\n');
}

describe('a report, told to people', () => {
  test('of what all passed is one line', () => {
    expect(told('conformant', { id: 'PCK-01', result: 'pass' }, { id: 'SEC-01', result: 'pass' })).toEqual([
      'acme.secrets.vault 1.0.0: conformant, 2 checks',
    ]);
  });

  test('says of each that did not pass why, and what to look at', () => {
    const failed = { id: 'SEC-01', result: 'fail', message: 'It gave another value.', hint: 'Compare put and get.' };
    const unsure = { id: 'SEC-02', result: 'inconclusive', message: 'It did not answer.' };
    expect(told('failed', { id: 'PCK-01', result: 'pass' }, failed as Check, unsure as Check)).toEqual([
      'acme.secrets.vault 1.0.0: failed, 3 checks',
      '  fail SEC-01: It gave another value. → Compare put and get.',
      '  inconclusive SEC-02: It did not answer.',
    ]);
  });

  test('counts what ran, and names what did not in one line', () => {
    const skipped = ['PCK-01', 'PCK-02'].map((id): Check => ({ id, result: 'skipped' }));
    expect(told('incomplete', { id: 'SEC-05', result: 'pass' }, ...skipped)).toEqual([
      'acme.secrets.vault 1.0.0: incomplete, 1 of 3 checks',
      '  not run: PCK-01, PCK-02',
    ]);
  });
});
