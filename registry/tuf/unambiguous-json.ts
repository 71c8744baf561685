import { type ErrorCode, GreenticError, parseJson } from '@greentic/core';

/**
 * Parses untrusted JSON as `parseJson` does, and refuses an object that names a member twice: readers differ in which of the
 * two they believe. Throws the code given.
 */
export function parseUnambiguous(bytes: Uint8Array, limits: { maxBytes: number; code: ErrorCode }): unknown {
  const value = parseJson(bytes, limits);
  const text = Buffer.from(bytes).toString();
  // What is written as it was understood names nothing twice: so is all that we write, and this costs least.
  if (JSON.stringify(value) === text) return value;
  if (membersIn(text) !== membersOf(value)) throw new GreenticError(limits.code, 'The document names a member twice.');
  return value;
}

/** How many members the text writes: each has one colon that is not in a string. */
function membersIn(text: string): number {
  let members = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString && c === 0x5c) i++;
    else if (c === 0x22) inString = !inString;
    else if (!inString && c === 0x3a) members++;
  }
  return members;
}

/** How many members were understood. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const children = Object.values(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce<number>((sum, child) => sum + membersOf(child), own);
}
