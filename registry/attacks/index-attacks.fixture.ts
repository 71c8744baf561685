import type { IndexAttack } from '../testing/index-forge.ts';
import { INDEX_COMPROMISE } from './index-compromise.fixture.ts';
import { INDEX_DELEGATION } from './index-delegation.fixture.ts';
import { INDEX_ENDLESS } from './index-endless.fixture.ts';
import { INDEX_FORM } from './index-form.fixture.ts';
import { INDEX_FREEZE } from './index-freeze.fixture.ts';
import { INDEX_MIX } from './index-mix.fixture.ts';
import { INDEX_ROLLBACK } from './index-rollback.fixture.ts';
import { INDEX_ROOT } from './index-root.fixture.ts';
import { INDEX_SOFTWARE } from './index-software.fixture.ts';
import { INDEX_THRESHOLD } from './index-threshold.fixture.ts';

/** Every attack on the index, by what the TUF specification calls it. */
export const INDEX_ATTACKS: Readonly<Record<string, readonly IndexAttack[]>> = {
  rollback: INDEX_ROLLBACK,
  freeze: INDEX_FREEZE,
  'mix-and-match': INDEX_MIX,
  'endless data': INDEX_ENDLESS,
  'wrong software': INDEX_SOFTWARE,
  'key compromise': INDEX_COMPROMISE,
  threshold: INDEX_THRESHOLD,
  root: INDEX_ROOT,
  delegation: INDEX_DELEGATION,
  form: INDEX_FORM,
};
