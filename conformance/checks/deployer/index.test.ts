import { describe, expect, test } from 'vitest';
import { conclude, tryLapses } from '../../testing/lapse-trial.ts';
import { deployerChecks } from './index.ts';
import { PLATFORM_LAPSES } from './platform-lapses.fixture.ts';
import { REVISION_LAPSES } from './revision-lapses.fixture.ts';

tryLapses('deployer', { ...REVISION_LAPSES, ...PLATFORM_LAPSES });

describe('a pack that runs its workers where the kit cannot look', () => {
  test.each(deployerChecks.map(({ id }) => id))('is not judged by %s, which is inconclusive', async (id) => {
    expect(await conclude('deployer', id, undefined, { permissions: [] })).toMatchObject({
      result: 'inconclusive',
      message: 'The pack does not use the host’s workers: the kit cannot look at the platform it runs them on.',
    });
  });
});
