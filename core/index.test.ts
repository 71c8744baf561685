import { expect, test } from 'vitest';
import * as core from './index.ts';

test('the front door offers exactly these names', () => {
  expect(Object.keys(core).toSorted()).toEqual([]);
});
