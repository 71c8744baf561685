import { decode, type Environment } from '@greentic/core';
import * as z from 'zod';

/** The last number each removed thing had, so that its successor of the same name counts on and no id or generation comes twice. */
const Retired = z.record(z.string().max(128), z.int().min(1));

/** What counts: the sequences of a deployment, the generations of a slot's binding or of a deployment's split. */
type Counter = `sequence:${string}` | `slot:${string}` | `split:${string}`;

/** The last number of a removed thing; 0 when there never was one. Throws `env/invalid` for a malformed record. */
export function lastOf(environment: Environment, counter: Counter): number {
  return counters(environment)[counter] ?? 0;
}

/** The environment with the last number of a thing that is being removed. */
export function retire(environment: Environment, counter: Counter, last: number): Environment {
  if (last < 1) return environment;
  return { ...environment, retired: { ...counters(environment), [counter]: last } };
}

/** Throws `env/invalid` unless the record of removed things is well-formed. */
export function counters(environment: Environment): Record<string, number> {
  const value = environment['retired'];
  if (value === undefined) return {};
  return decode(Retired, value, 'env/invalid', 'The record of removed things');
}
