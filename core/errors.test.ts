import { describe, expect, test } from 'vitest';
import { ERRORS, GreenticError, isErrorCode, isGreenticError, toGreenticError } from './errors.ts';

describe('errors', () => {
  test('every code says what happened and what to do, in sentences', () => {
    for (const [code, { summary, hint, exit, http }] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
      expect(summary).toMatch(/^[A-Z].*\.$/);
      expect(hint).toMatch(/[.…]$/);
      expect(exit).toBeGreaterThan(0);
      expect(http).toBeGreaterThanOrEqual(400);
    }
  });

  test('an error as data has neither stack nor cause', () => {
    const error = new GreenticError('env/stale', 'Changed.', { cause: new Error('secret'), details: { actual: 2 } });
    expect(error.toData()).toEqual({
      code: 'env/stale',
      message: 'Changed.',
      hint: ERRORS['env/stale'].hint,
      details: { actual: 2 },
    });
    expect(JSON.stringify(error.toData())).not.toContain('secret');
  });

  test('a foreign error becomes internal/unforeseen and keeps its cause', () => {
    const cause = new TypeError('x is not a function');
    expect(toGreenticError(cause)).toMatchObject({ code: 'internal/unforeseen', cause });
    const own = new GreenticError('env/busy');
    expect(toGreenticError(own)).toBe(own);
    expect(toGreenticError('text').message).toBe('text');
  });

  test('errors are told apart by code', () => {
    expect(isGreenticError(new GreenticError('env/busy'), 'env/busy', 'env/stale')).toBe(true);
    expect(isGreenticError(new GreenticError('env/busy'), 'env/stale')).toBe(false);
    expect(isGreenticError(new Error('env/busy'))).toBe(false);
    expect(isErrorCode('toString')).toBe(false);
    expect(isErrorCode('env/busy')).toBe(true);
  });
});
