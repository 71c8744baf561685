import { GreenticError } from '@greentic/core';
import { describe, expect, test } from 'vitest';
import { CheckFailure, findingOf, Inconclusive, PackErrors } from './finding.ts';
import { Hung } from './patience.ts';

/** An error as a call of the pack under test ended with it. */
function fromPack(error: unknown): { error: unknown; packErrors: PackErrors } {
  const packErrors = new PackErrors();
  expect(() => packErrors.rethrow(error)).toThrow();
  return { error, packErrors };
}

describe('what ended a check', () => {
  const mine = new PackErrors();

  test.each([
    ['a failed expectation', new CheckFailure('It is not so.'), 'fail', 'It is not so.'],
    ['a pack that hangs', new Hung('fail', 'The pack did not answer get.'), 'fail', 'The pack did not answer get.'],
    ['a kit that hangs', new Hung('error', 'The kit hung.'), 'error', 'The kit hung.'],
    ['a view that is blocked', new Inconclusive('No eye on it.'), 'inconclusive', 'No eye on it.'],
    ['a bug of the kit', new TypeError('x is not a function'), 'error', 'The kit failed: x is not a function'],
    ['something thrown that is no error', 'a text', 'error', 'The kit failed: a text'],
    ['nothing thrown at all', undefined, 'error', 'The kit failed: undefined'],
    [
      'an error of a pack’s code that no call of the pack ended with',
      new GreenticError('state/conflict', 'Revision 2.'),
      'error',
      'The kit failed: Revision 2.',
    ],
  ])('%s is told as it is', (_what, error, result, message) => {
    expect(findingOf(error, mine)).toEqual({ result, message });
  });

  test.each([
    'pack/failed',
    'pack/crashed',
    'pack/result-invalid',
    'state/conflict',
    'limit/deadline',
    'kv/quota',
  ] as const)('an error %s of the pack is the pack’s failure, with its code and its words', (code) => {
    const { error, packErrors } = fromPack(new GreenticError(code, 'What it said.'));
    expect(findingOf(error, packErrors)).toEqual({ result: 'fail', message: `The pack gave ${code}: What it said.` });
  });

  test.each(['input/invalid', 'call/cancelled', 'limit/concurrency', 'pack/not-open', 'internal/unforeseen'] as const)(
    'an error %s is the kit’s own doing, also when a call of the pack ended with it',
    (code) => {
      const { error, packErrors } = fromPack(new GreenticError(code, 'What it said.'));
      expect(findingOf(error, packErrors)).toEqual({ result: 'error', message: 'The kit failed: What it said.' });
    },
  );

  test('an error is told by which it is, not by what it looks like', () => {
    const { packErrors } = fromPack(new GreenticError('state/conflict', 'The same.'));
    const twin = new GreenticError('state/conflict', 'The same.');
    expect(findingOf(twin, packErrors).result).toBe('error');
  });

  test('an error that is not of the host is passed on, and not remembered as the pack’s', () => {
    const { error, packErrors } = fromPack(new RangeError('a bug'));
    expect(packErrors.has(error)).toBe(false);
    expect(findingOf(error, packErrors)).toEqual({ result: 'error', message: 'The kit failed: a bug' });
  });
});
