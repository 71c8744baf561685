import { expect, test } from 'vitest';
import * as frontDoor from './index.ts';

test('the front door offers these names and no others', () => {
  expect(Object.keys(frontDoor).sort()).toEqual([
    'CHECKS',
    'CheckOutcome',
    'CheckResult',
    'ConformanceReport',
    'KIT_VERSION',
    'KitResult',
    'explainCheck',
    'judgeReport',
    'listChecks',
    'runConformance',
  ]);
});
