import { tryLapses } from '../../testing/lapse-trial.ts';
import { KEY_LAPSES } from './key-lapses.fixture.ts';
import { REVISION_LAPSES } from './revision-lapses.fixture.ts';

tryLapses('state', { ...REVISION_LAPSES, ...KEY_LAPSES });
