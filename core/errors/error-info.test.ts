import { describe, expect, test } from 'vitest';
import { ERRORS, GreenticError, isErrorCode } from '../errors.ts';
import { ENVIRONMENT_ERRORS } from './environment-errors.ts';
import { PACK_ERRORS } from './pack-errors.ts';
import { RUNTIME_ERRORS } from './runtime-errors.ts';
import { TRUST_ERRORS } from './trust-errors.ts';

const TABLES = { ENVIRONMENT_ERRORS, PACK_ERRORS, RUNTIME_ERRORS, TRUST_ERRORS };
const entries = Object.entries(ERRORS);

/** Statuses over HTTP that say the same as an exit status. */
const STATUSES: Readonly<Record<number, readonly number[]>> = {
  1: [500, 501],
  2: [400, 413, 422, 429],
  3: [401, 403, 413, 422, 502],
  4: [404, 410],
  5: [409, 412],
  6: [409],
  7: [429, 500, 502, 503, 504],
  8: [409, 422],
};

describe('the table of errors', () => {
  test('has each code from exactly one area’s table', () => {
    const codes = Object.values(TABLES).flatMap((table) => Object.keys(table));
    expect(new Set(codes).size).toBe(codes.length);
    expect(Object.keys(ERRORS).toSorted()).toEqual(codes.toSorted());
  });

  test('has each area in one table: who looks for a code knows where', () => {
    const areas = Object.entries(TABLES).flatMap(([name, table]) => {
      const own = new Set(Object.keys(table).map((code) => code.split('/')[0]));
      return [...own].map((area) => `${area} in ${name}`);
    });
    const names = areas.map((each) => each.split(' ')[0]);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test('has a status over HTTP that says the same as the exit status', () => {
    const odd = entries.filter(([, { exit, http }]) => !STATUSES[exit]?.includes(http));
    expect(odd.map(([code, { exit, http }]) => `${code} ${exit} ${http}`)).toEqual([]);
  });

  test('tells no two errors in the same words', () => {
    const summaries = entries.map(([, { summary }]) => summary);
    expect(summaries.filter((summary, i) => summaries.indexOf(summary) !== i)).toEqual([]);
  });

  test('fits into a line of a terminal or two, and a cell of a table', () => {
    for (const [code, { summary, hint }] of entries) {
      for (const text of [summary, hint]) {
        expect(text, code).toMatch(/^[\x20-\x7e’“”…–×≥≤]+$/);
        expect(text.length, code).toBeLessThanOrEqual(240);
        expect(text, code).not.toMatch(/ {2}| $|undefined|\[object/);
      }
    }
  });

  test('does not blame whoever reads it, or beg', () => {
    for (const [code, { summary, hint }] of entries)
      expect(`${summary} ${hint}`, code).not.toMatch(/\b(please|sorry|oops|simply|just|obviously|invalid user)\b/i);
  });

  test.each(entries)('%s can be thrown with nothing said, and says its own', (code, { summary, hint }) => {
    const error = new GreenticError(code as keyof typeof ERRORS);
    expect(error.toData()).toEqual({ code, message: summary, hint });
    expect(isErrorCode(code)).toBe(true);
  });

  test('holds nothing that a table has by birth', () => {
    for (const name of ['constructor', 'hasOwnProperty', '__proto__', 'toString', '', 'env/Busy', 'env/busy '])
      expect(isErrorCode(name), name).toBe(false);
    for (const value of [undefined, null, 7, ['env/busy'], { code: 'env/busy' }])
      expect(isErrorCode(value)).toBe(false);
  });
});
