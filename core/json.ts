import canonicalizeJson from 'canonicalize';
import * as z from 'zod';
import { type ErrorCode, GreenticError } from './errors.ts';

// Compiling a parser for each schema costs a command more than it ever saves, and would need code made from text.
z.config({ jitless: true });

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Canonical JSON text (RFC 8785): equal values give equal bytes. Throws the code given for what it has no form for. */
export function canonicalize(value: unknown, code: ErrorCode = 'input/invalid'): string {
  try {
    const text = canonicalizeJson(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new GreenticError(code, `This value has no JSON form: ${(cause as Error).message}.`, { cause });
  }
  throw new GreenticError(code, 'This value has no JSON form.');
}

const MAX_DEPTH = 64;

/** Deepest nesting of JSON text, and how many values it writes as members or as the document, without parsing it. */
function shapeOf(text: string): { deepest: number; members: number } {
  let [depth, deepest, members] = [0, 0, 1];
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) inString = true;
    else if (c === 0x3a) members++;
    else if (c === 0x5b || c === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x5d || c === 0x7d) depth--;
  }
  return { deepest, members };
}

/**
 * Parses untrusted JSON text: at most `maxBytes` of UTF-8, at most 64 levels deep, no `__proto__` key, which would pollute
 * whoever copies it, and no key twice: readers differ in which of the two they believe. Throws the code given.
 */
export function parseJson(
  source: string | Uint8Array,
  { maxBytes, code = 'input/invalid' }: { maxBytes: number; code?: ErrorCode },
): unknown {
  if (Buffer.byteLength(source) > maxBytes) throw new GreenticError(code, `The document has over ${maxBytes} bytes.`);
  const text = typeof source === 'string' ? source : decodeUtf8(source, code);
  let { deepest, members } = shapeOf(text);
  if (deepest > MAX_DEPTH) throw new GreenticError(code, `The document is nested deeper than ${MAX_DEPTH} levels.`);
  try {
    const parsed: unknown = JSON.parse(text, function (this: unknown, key, value: unknown) {
      if (key === '__proto__') throw new GreenticError(code, 'The document has a key "__proto__".');
      if (!Array.isArray(this)) members--;
      return value;
    });
    if (members !== 0) throw new GreenticError(code, 'The document names a member twice.');
    return parsed;
  } catch (error) {
    if (error instanceof GreenticError) throw error;
    throw new GreenticError(code, 'The document is not JSON.', { cause: error });
  }
}

function decodeUtf8(bytes: Uint8Array, code: ErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new GreenticError(code, 'The document is not UTF-8.', { cause: error });
  }
}

/** Longest account of one wrong field, in characters: keys and paths are the stranger's own words. */
const ISSUE_MAX = 300;

/** Checks a parsed value against a schema; the message names the path of each field that is wrong. Throws the code given. */
export function decode<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ErrorCode = 'input/invalid',
  what = 'The input',
): z.output<S> {
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data;
  const issues = outcome.error.issues
    .slice(0, 5)
    .map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ').slice(0, ISSUE_MAX));
  throw new GreenticError(code, `${what} is not valid: ${issues.join('; ')}.`, { details: { issues } });
}
