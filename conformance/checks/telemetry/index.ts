import type { Check } from '../../check.ts';
import { attributesArrive } from './attributes-arrive.ts';
import { eachRecordOnce } from './each-record-once.ts';
import { flushMeansDelivered } from './flush-means-delivered.ts';
import { oddValuesArrive } from './odd-values-arrive.ts';

/** The checks of the telemetry slot. */
export const telemetryChecks: readonly Check<'telemetry'>[] = [
  eachRecordOnce,
  flushMeansDelivered,
  attributesArrive,
  oddValuesArrive,
];
