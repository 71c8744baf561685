import type { Check } from '../../check.ts';
import { acknowledgedWritesSurviveKills } from './acknowledged-writes-survive-kills.ts';
import { keysNeverAlias } from './keys-never-alias.ts';
import { listsAreOrderedAndWhole } from './lists-are-ordered-and-whole.ts';
import { missingEntryIsNull } from './missing-entry-is-null.ts';
import { noUpdateIsLost } from './no-update-is-lost.ts';
import { revisionsAreNeverReused } from './revisions-are-never-reused.ts';
import { tenantsStayApart } from './tenants-stay-apart.ts';
import { valuesComeBackExactly } from './values-come-back-exactly.ts';
import { writersCompareAndSwap } from './writers-compare-and-swap.ts';

/** The checks of the state slot. */
export const stateChecks: readonly Check<'state'>[] = [
  missingEntryIsNull,
  writersCompareAndSwap,
  revisionsAreNeverReused,
  noUpdateIsLost,
  acknowledgedWritesSurviveKills,
  listsAreOrderedAndWhole,
  keysNeverAlias,
  valuesComeBackExactly,
  tenantsStayApart,
];
