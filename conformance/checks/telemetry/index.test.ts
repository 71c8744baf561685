import { describe, expect, test } from 'vitest';
import { conclude, tryLapses } from '../../testing/lapse-trial.ts';
import { telemetryChecks } from './index.ts';
import { LAPSES } from './lapses.fixture.ts';

tryLapses('telemetry', LAPSES);

describe('a pack that sends where the kit cannot stand', () => {
  test.each(telemetryChecks.map(({ id }) => id))('is not judged by %s, which is inconclusive', async (id) => {
    expect(await conclude('telemetry', id, undefined, { permissions: [] })).toMatchObject({
      result: 'inconclusive',
      message: 'The pack neither logs nor asks where to send: the kit cannot stand there.',
    });
  });
});

test('a pack that takes records one at a time is asked again for the rest, and passes', async () => {
  const seen = await conclude('telemetry', 'TEL-01', (reference) => ({
    export: ({ records }) => reference.export({ records: records.slice(0, 1) }),
  }));
  expect(seen).toMatchObject({ result: 'pass' });
});
