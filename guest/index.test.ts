import { expect, test } from 'vitest';
import * as guest from './index.ts';

test('the front door offers exactly these names', () => {
  expect(Object.keys(guest).toSorted()).toEqual(['FrameDecoder', 'encodeFrame', 'guestLaunch']);
});
