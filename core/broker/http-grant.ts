import { GreenticError } from '../errors.ts';
import type { Grant } from '../model/permission.ts';

/** A granted destination. */
export type HttpGrant = Extract<Grant, { kind: 'http' }>;

/** Whether a path has the shape of a pattern: `*` stands for one segment, a final `**` for any rest. */
export function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  for (const [i, segment] of wanted.entries()) {
    if (segment === '**' && i === wanted.length - 1) return given.length >= i;
    const actual = given[i];
    if (actual === undefined || (segment === '*' ? actual === '' : segment !== actual)) return false;
  }
  return given.length === wanted.length;
}

/**
 * A path whose meaning could differ between here and the server: separators and steps up that are encoded, once or more
 * often, a backslash, an empty segment, or a step up with parameters, which some servers take off first (`/..;/`).
 */
function isAmbiguous(path: string): boolean {
  return /%(?:25)*(?:2f|5c|2e|00)|\\|\/\/|\/\.{1,2}(?:;|%(?:25)*3b)/i.test(path);
}

/**
 * The grant that covers a request, among those of one binding or of all. Throws `permission/denied`, saying what was asked
 * but for the query, which may hold data.
 */
export function grantFor(grants: readonly HttpGrant[], method: string, url: URL, binding?: string): HttpGrant {
  const grant = grants.find(
    (candidate) =>
      (binding === undefined || candidate.binding === binding) &&
      candidate.origins.includes(url.origin) &&
      (candidate.methods as readonly string[]).includes(method) &&
      candidate.paths.some((pattern) => matchesPath(pattern, url.pathname)),
  );
  if (grant === undefined || isAmbiguous(url.pathname) || url.username !== '' || url.password !== '') {
    throw new GreenticError('permission/denied', `No grant covers ${method} ${url.origin}${url.pathname}.`);
  }
  return grant;
}
