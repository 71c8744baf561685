import { GreenticError } from '@greentic/core';
import type { OciReference } from './reference.ts';

const LINK = /<([^<>]{0,4096})>([^<>]*)/g;
const NEXT = /;\s*rel\s*=\s*(?:next(?=[\s;,]|$)|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i;

/**
 * The next page that a `Link` header leads to (RFC 8288, `rel="next"`); undefined on the last. Throws `registry/redirect` for a
 * page of anything else than the same document: credentials go with the request for it.
 */
export function nextPage(header: string | undefined, from: URL, { origin, host }: OciReference): URL | undefined {
  const target = [...(header ?? '').matchAll(LINK)].find(([, , parameters = '']) => NEXT.test(parameters))?.[1];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, from) ? new URL(target, from) : undefined;
  const same = url?.origin === origin.origin && url.pathname === from.pathname;
  if (url !== undefined && same && url.username === '' && url.password === '') return url;
  throw new GreenticError('registry/redirect', `${host} leads to a next page elsewhere.`);
}
