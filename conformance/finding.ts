import { type GreenticError, isGreenticError } from '@greentic/core';
import { Hung } from './patience.ts';

/** The pack is not as it should be. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
}

/** The kit could not see enough to say anything. */
export class Inconclusive extends Error {
  override readonly name = 'Inconclusive';
}

/** Errors of the host that the kit itself brings about; they say nothing about the pack. */
const OWN_FAULTS: ReadonlySet<string> = new Set([
  'input/invalid',
  'call/cancelled',
  'limit/concurrency',
  'pack/not-open',
  'internal/unforeseen',
]);

/** Errors that calls of the pack under test ended with, told apart from errors of the kit. */
export class PackErrors {
  readonly #seen = new WeakSet<GreenticError>();

  /** Remembers an error as the pack's, and throws it on. */
  rethrow(error: unknown): never {
    if (isGreenticError(error)) this.#seen.add(error);
    throw error;
  }

  has(error: unknown): error is GreenticError {
    return isGreenticError(error) && this.#seen.has(error) && !OWN_FAULTS.has(error.code);
  }
}

/** What an error that ended a check says: about the pack (`fail`), about the view on it, or about the kit (`error`). */
export function findingOf(
  error: unknown,
  packErrors: PackErrors,
): { result: 'fail' | 'inconclusive' | 'error'; message: string } {
  if (error instanceof CheckFailure) return { result: 'fail', message: error.message };
  if (error instanceof Hung) return { result: error.result, message: error.message };
  if (error instanceof Inconclusive) return { result: 'inconclusive', message: error.message };
  if (packErrors.has(error)) return { result: 'fail', message: `The pack gave ${error.code}: ${error.message}` };
  const message = error instanceof Error ? error.message : String(error);
  return { result: 'error', message: `The kit failed: ${message}` };
}
