import { createHash } from 'node:crypto';
import { parseJson } from '@greentic/core';
import * as z from 'zod';
import { type CookieKeys, seal, unseal } from './signing-key.ts';

/** Names of all our cookies begin so. */
export const COOKIE_PREFIX = 'gt_rev_';

/** Seconds a cookie keeps a client on its revision. The end is absolute: answering again does not move it. */
export const COOKIE_SECONDS = 3600;

const MAX_VALUE = 1024;
const MAX_REMEMBERED = 4096;

/** What a cookie says: environment, deployment, revision, and until when, in seconds since 1970. */
const Claims = z.strictObject({ e: z.string(), d: z.string(), r: z.string(), x: z.int().min(0) });
type Claims = z.infer<typeof Claims>;

/** Why a cookie does not count. */
export type CookieFault = 'invalid' | 'expired' | 'foreign';

/** Whose cookie it is. */
export interface CookieScope {
  readonly environment: string;
  readonly deployment: string;
}

/** Makes and reads the cookies that keep a client on its revision. */
export interface RevisionCookies {
  /** The value that keeps a client on a revision for `COOKIE_SECONDS`, to the minute. */
  issue(scope: CookieScope, revision: string, nowMs: number): string;
  /** The revision a value names, or why it does not count. */
  read(scope: CookieScope, value: string, nowMs: number): { revision: string } | { fault: CookieFault };
}

/** Name of a deployment's cookie. */
export function cookieName(deployment: string): string {
  return COOKIE_PREFIX + createHash('sha256').update(deployment).digest('hex').slice(0, 8);
}

/**
 * Cookies signed with the keys. Expiry is rounded up to the minute, so that all clients of a revision get the same value
 * within it and one signature serves them all; values found genuine are remembered, never those found false.
 */
export function createRevisionCookies(keys: CookieKeys): RevisionCookies {
  const issued = new Map<string, string>();
  const genuine = new Map<string, Claims>();
  return {
    issue({ environment, deployment }, revision, nowMs) {
      const expires = (Math.ceil(nowMs / 60_000) * 60_000) / 1000 + COOKIE_SECONDS;
      const claims: Claims = { e: environment, d: deployment, r: revision, x: expires };
      return remember(issued, `${revision} ${expires}`, () =>
        seal(keys, 'cookie', Buffer.from(JSON.stringify(claims)).toString('base64url')),
      );
    },
    read({ environment, deployment }, value, nowMs) {
      const claims = genuine.get(value) ?? open(keys, value);
      if (claims === undefined) return { fault: 'invalid' };
      remember(genuine, value, () => claims);
      if (claims.e !== environment || claims.d !== deployment) return { fault: 'foreign' };
      return claims.x * 1000 <= nowMs ? { fault: 'expired' } : { revision: claims.r };
    },
  };
}

function open(keys: CookieKeys, value: string): Claims | undefined {
  if (value.length > MAX_VALUE) return undefined;
  const payload = unseal(keys, 'cookie', value);
  if (payload === undefined) return undefined;
  const outcome = Claims.safeParse(parseJson(Buffer.from(payload, 'base64url'), { maxBytes: MAX_VALUE }));
  return outcome.success ? outcome.data : undefined;
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MAX_REMEMBERED) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

/** The value of the named cookie in a Cookie header (RFC 6265, 5.4), the first if there are several. */
export function cookieValue(header: string, name: string): string | undefined {
  for (let start = 0; start < header.length; ) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    while (start < end && header.charCodeAt(start) === 0x20) start++;
    if (header.startsWith(name, start) && header.charCodeAt(start + name.length) === 0x3d) {
      return header.slice(start + name.length + 1, end).trimEnd();
    }
    start = end + 1;
  }
  return undefined;
}

/** A Cookie header without our cookies, or undefined when nothing is left: a worker has no use for them. */
export function withoutRevisionCookies(header: string): string | undefined {
  if (!header.includes(COOKIE_PREFIX)) return header;
  const others = header.split(';').filter((pair) => !pair.trimStart().startsWith(COOKIE_PREFIX));
  return others.length === 0 ? undefined : others.join(';').trimStart();
}

/** A Set-Cookie header (RFC 6265, 4.1) for the part of the site a deployment answers on. */
export function setCookieHeader(
  name: string,
  value: string,
  { path, secure }: { path: string; secure: boolean },
): string {
  return `${name}=${value}; Path=${path}; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
