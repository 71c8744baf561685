import type { Check } from '../../check.ts';
import { errorsAreData } from './errors-are-data.ts';
import { survivesItsProcess } from './survives-its-process.ts';
import { undeclaredIsRefused } from './undeclared-is-refused.ts';

/** The checks of every pack, whatever slot it fills. */
export const packChecks: readonly Check[] = [undeclaredIsRefused, survivesItsProcess, errorsAreData];
