import { expect, test } from 'vitest';
import { backOffMs, failuresAfter, HEALTHY_MS } from './back-off.ts';

test('the pause doubles from 100 ms to 5 s and stays there', () => {
  const pauses = Array.from({ length: 9 }, (_, i) => backOffMs(i + 1));
  expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  expect(backOffMs(5000)).toBe(5000);
});

test('a worker that was ready for 30 s starts over with the shortest pause', () => {
  expect(failuresAfter(8, HEALTHY_MS)).toBe(1);
  expect(failuresAfter(8, HEALTHY_MS - 1)).toBe(9);
  expect(failuresAfter(0, 0)).toBe(1);
});
