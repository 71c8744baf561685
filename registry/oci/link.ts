import { GreenticError } from '@greentic/core';
import type { OciReference } from './reference.ts';

/**
 * The next page that a `Link` header leads to (RFC 8288, `rel="next"`); undefined on the last. Throws `registry/redirect` for a
 * page elsewhere than in the same registry: credentials go with the request for it.
 */
export function nextPage(header: string | undefined, from: URL, { origin, host }: OciReference): URL | undefined {
  const [, target] = /<([^<>]{1,4096})>\s*;[^,]*\brel="?next"?/i.exec(header ?? '') ?? [];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, from) ? new URL(target, from) : undefined;
  if (url?.origin === origin.origin && url.username === '' && url.pathname.startsWith('/v2/')) return url;
  throw new GreenticError('registry/redirect', `${host} leads to a next page elsewhere.`);
}
