import { getPrototypeOf, hasOwn, matchOf, NativeError, objectPrototype, slice, stringify } from './intrinsics.ts';

const MESSAGE_MAX = 2048;
const DETAILS_MAX = 4096;
const CODE = /^[a-z]{1,31}\/[a-z-]{1,32}$/;

/** An error with one of the product's codes, as the broker gives it. */
export interface CodedError extends Error {
  readonly code: string;
  readonly details?: unknown;
}

/** Makes an error that carries a code, so that a pack that lets it pass tells the host the same code. */
export function codedError(
  code: string,
  message: string,
  details?: unknown,
  Kind: ErrorConstructor = NativeError,
): CodedError {
  const error = new Kind(message);
  return Object.assign(error, details === undefined ? { code } : { code, details });
}

/** JSON of what a pack threw: `{code, message, details?}` for a coded error, else a message alone. Never throws. */
export function describeFailure(thrown: unknown): string {
  const code = read(thrown, 'code');
  const message = slice(messageOf(thrown), 0, MESSAGE_MAX);
  if (typeof code !== 'string' || matchOf(CODE, code) === null)
    return `{"message":${stringify(withName(thrown, message))}}`;
  const details = detailsOf(thrown);
  return `{"code":${stringify(code)},"message":${stringify(message)}${details === undefined ? '' : `,"details":${details}`}}`;
}

/** A property of a hostile value: what the getter throws counts as nothing, and a polluted `Object.prototype` gives nothing. */
export function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    for (let owner: object | null = value; owner !== null && owner !== objectPrototype; owner = getPrototypeOf(owner)) {
      if (hasOwn(owner, key)) return (value as Record<string, unknown>)[key];
    }
  } catch {
    // A proxy or a getter of the pack threw.
  }
  return undefined;
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  const message = read(thrown, 'message');
  return typeof message === 'string' ? message : 'The pack threw something that is not an error.';
}

function withName(thrown: unknown, message: string): string {
  const name = read(thrown, 'name');
  return typeof name === 'string' && name !== 'Error'
    ? slice(`${slice(name, 0, 64)}: ${message}`, 0, MESSAGE_MAX)
    : message;
}

function detailsOf(thrown: unknown): string | undefined {
  try {
    const json: unknown = stringify(read(thrown, 'details'));
    return typeof json === 'string' && json[0] === '{' && json.length <= DETAILS_MAX ? json : undefined;
  } catch {
    return undefined;
  }
}
