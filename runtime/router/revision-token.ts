import { type CookieKeys, seal, unseal } from './signing-key.ts';

/** Longest a token may live. */
const MAX_MINUTES = 60;

/** Which revision of which deployment a token opens. */
export interface TokenScope {
  readonly deployment: string;
  readonly revision: string;
}

/**
 * A token for the header `x-greentic-revision-token`: with it a request may address one revision by the header
 * `x-greentic-revision`, whatever the dial says. Valid for `minutes`, from 1 to 60, to the minute.
 */
export function signRevisionToken(
  keys: CookieKeys,
  scope: TokenScope,
  { now, minutes = 10 }: { now: Date; minutes?: number },
): string {
  const expiry = Math.ceil(now.getTime() / 60_000) + Math.max(1, Math.min(minutes, MAX_MINUTES - 1));
  return `${expiry}.${seal(keys, 'token', payloadOf(scope, expiry)).split('.').slice(1).join('.')}`;
}

/** Whether the token opens the revision now. One that would live longer than an hour was not made by us. */
export function opensRevision(keys: CookieKeys, scope: TokenScope, token: string, nowMs: number): boolean {
  const match = /^([1-9]\d{0,11})\.([A-Za-z0-9_-]{1,16}\.[A-Za-z0-9_-]{43})$/.exec(token);
  const [, minute, signature] = match ?? [];
  if (minute === undefined || signature === undefined) return false;
  const expiry = Number(minute);
  if (expiry * 60_000 <= nowMs || expiry * 60_000 > nowMs + (MAX_MINUTES + 1) * 60_000) return false;
  return unseal(keys, 'token', `${payloadOf(scope, expiry)}.${signature}`) !== undefined;
}

function payloadOf({ deployment, revision }: TokenScope, expiry: number): string {
  return Buffer.from(JSON.stringify([deployment, revision, expiry])).toString('base64url');
}
