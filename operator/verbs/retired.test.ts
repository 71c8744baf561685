import { describe, expect, test } from 'vitest';
import { emptySnapshot } from '../testing/sample.ts';
import { counters, lastOf, retire } from './retired.ts';

describe('the last number of what was removed', () => {
  const { environment } = emptySnapshot();

  test('is kept for each thing by itself, and is 0 where there never was one', () => {
    const retired = retire(retire(environment, 'slot:state', 3), 'split:shop.acme', 7);
    expect(lastOf(retired, 'slot:state')).toBe(3);
    expect(lastOf(retired, 'split:shop.acme')).toBe(7);
    expect(lastOf(retired, 'sequence:shop.acme')).toBe(0);
    expect(lastOf(environment, 'slot:state')).toBe(0);
  });

  test('takes the place of the one before, and a thing that never had a number leaves none', () => {
    expect(lastOf(retire(retire(environment, 'slot:state', 3), 'slot:state', 5), 'slot:state')).toBe(5);
    for (const none of [0, -1]) expect(retire(environment, 'slot:state', none)).toBe(environment);
  });

  test.each([
    [null],
    ['none'],
    [[]],
    [{ 'slot:state': 0 }],
    [{ 'slot:state': 1.5 }],
    [{ 'slot:state': '1' }],
    [{ ['x'.repeat(129)]: 1 }],
  ])('is refused with env/invalid when the record is %j', (retired) => {
    expect(() => counters({ ...environment, retired })).toThrow(expect.objectContaining({ code: 'env/invalid' }));
  });
});
