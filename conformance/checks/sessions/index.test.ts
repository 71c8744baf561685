import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { conclude, type Lapse, tryLapses } from '../../testing/lapse-trial.ts';
import { KEY_LAPSES } from './key-lapses.fixture.ts';
import { PIN_LAPSES } from './pin-lapses.fixture.ts';

tryLapses('sessions', { ...PIN_LAPSES, ...KEY_LAPSES });

/** Answers an extension only when the pin it is about has expired. */
const slow: Lapse<'sessions'> = (reference) => ({
  extend: async (input) => {
    await pause(1100);
    return await reference.extend(input);
  },
});

test('SES-04 is inconclusive, and no failure, where a pin expires before the kit can have it extended', async () => {
  const message = 'This machine is too slow to extend a pin before it expires.';
  expect(await conclude('sessions', 'SES-04', slow)).toMatchObject({ result: 'inconclusive', message });
});

test('SES-03 is passed by a pack whose pins do not survive the environment they were set in', async () => {
  const apart: Lapse<'sessions'> = (reference, { context }) => ({
    pin: (input) => reference.pin({ ...input, session: `${context.environment}:${input.session}` }),
    lookup: (input) => reference.lookup({ ...input, session: `${context.environment}:${input.session}` }),
  });
  expect(await conclude('sessions', 'SES-03', apart)).toMatchObject({ result: 'pass' });
});
