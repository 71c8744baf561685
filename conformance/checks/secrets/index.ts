import type { Check } from '../../check.ts';
import { bytesComeBackExactly } from './bytes-come-back-exactly.ts';
import { killsLeaveOldOrNew } from './kills-leave-old-or-new.ts';
import { listsNameOwnSecrets } from './lists-name-own-secrets.ts';
import { missingIsNotFound } from './missing-is-not-found.ts';
import { namesNeverAlias } from './names-never-alias.ts';
import { nothingReadableAtRest } from './nothing-readable-at-rest.ts';
import { oneWriterWinsAVersion } from './one-writer-wins-a-version.ts';
import { tamperingIsNoticed } from './tampering-is-noticed.ts';

/** The checks of the secrets slot. */
export const secretsChecks: readonly Check<'secrets'>[] = [
  bytesComeBackExactly,
  namesNeverAlias,
  missingIsNotFound,
  nothingReadableAtRest,
  oneWriterWinsAVersion,
  killsLeaveOldOrNew,
  listsNameOwnSecrets,
  tamperingIsNoticed,
];
