import { copyOf } from './buffer-source.ts';
import { DOMException } from './dom-exception.ts';

/** A caller's algorithm: a name, or a record with a name and parameters. */
export type AlgorithmInit = string | { readonly name: string; readonly [parameter: string]: unknown };

const HASHES = ['SHA-256', 'SHA-384', 'SHA-512'] as const;
/** A digest that is offered. */
export type Hash = (typeof HASHES)[number];

/** Block of each digest, in bytes: the length of an HMAC key when none is given. */
export const BLOCK_BYTES: Readonly<Record<Hash, number>> = { 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 };

/** The algorithm's standard name, of those given, and its parameters. Throws `NotSupportedError`. */
export function algorithmOf<N extends string>(
  init: AlgorithmInit,
  names: readonly N[],
): { name: N; parameters: Readonly<Record<string, unknown>> } {
  const parameters = typeof init === 'object' && init !== null ? init : { name: init };
  const given = String(parameters.name).toUpperCase();
  const name = names.find((known) => known.toUpperCase() === given);
  if (name !== undefined) return { name, parameters };
  throw new DOMException(
    `The algorithm ${String(parameters.name).slice(0, 32)} is not supported here.`,
    'NotSupportedError',
  );
}

/** The digest a caller asks for. */
export function digestOf(init: AlgorithmInit): Hash {
  return algorithmOf(init, HASHES).name;
}

/** The digest in an algorithm's parameters. */
export function hashOf(init: unknown): Hash {
  if (init === undefined) throw new TypeError('The algorithm needs a hash.');
  return digestOf(init as AlgorithmInit);
}

/** A parameter that is bytes; the default stands for a missing one. */
export function bytesParameter(
  parameters: Readonly<Record<string, unknown>>,
  name: string,
  missing?: Uint8Array,
): Uint8Array {
  const value = parameters[name] ?? missing;
  if (value === undefined) throw new TypeError(`The algorithm needs ${name}.`);
  return copyOf(value);
}
