import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { canonicalize, decode, parseJson } from '@greentic/core';
import * as z from 'zod';
import { ACTIONS, type Action } from './account.ts';

/** How long a bearer token holds, in seconds. */
export const BEARER_SECONDS = 300;

const MAX_BYTES = 8192;

const Claims = z.strictObject({
  /** Whose it is; an anonymous reader’s has none. */
  account: z.string().exactOptional(),
  /** Of that account’s own token, the beginning of its hash: an account that was made anew does not let in what is left. */
  login: z.string().exactOptional(),
  /** What it is for: repository and actions. */
  scopes: z.array(z.strictObject({ repository: z.string(), actions: z.array(z.enum(ACTIONS)) })).max(16),
  /** Seconds since 1970. */
  expires: z.int(),
});
export type Claims = z.infer<typeof Claims>;

/** Makes and checks the short-lived tokens of one server process: its key is random and never leaves its memory. */
export class BearerMint {
  readonly #key = randomBytes(32);
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  issue(claims: Omit<Claims, 'expires'>): string {
    const expires = Math.floor(this.#now().getTime() / 1000) + BEARER_SECONDS;
    const payload = Buffer.from(canonicalize({ ...claims, expires })).toString('base64url');
    return `${payload}.${this.#seal(payload).toString('base64url')}`;
  }

  /** What a token says; undefined when this process did not make it, or it has expired. */
  open(token: string): Claims | undefined {
    const [payload = '', seal = ''] = token.length > MAX_BYTES ? [] : token.split('.');
    const given = Buffer.from(seal, 'base64url');
    const expected = this.#seal(payload);
    if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return undefined;
    const value = parseJson(Buffer.from(payload, 'base64url'), { maxBytes: MAX_BYTES, code: 'input/invalid' });
    const claims = decode(Claims, value, 'input/invalid', 'The token');
    return claims.expires > this.#now().getTime() / 1000 ? claims : undefined;
  }

  #seal(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}

/** Reads `repository:<name>:<action>,…` of a token request; undefined for a scope of another kind. */
export function parseScope(text: string): { repository: string; actions: Action[] } | undefined {
  const [, repository, list] = /^repository(?:\([a-z0-9]+\))?:([a-z0-9._/-]{1,255}):([a-z*,]{1,64})$/.exec(text) ?? [];
  if (repository === undefined || list === undefined) return undefined;
  const asked = list.split(',');
  return { repository, actions: ACTIONS.filter((action) => asked.includes(action) || asked.includes('*')) };
}
