import { GreenticError } from '@greentic/core';

/** A request target, taken apart. */
export interface TargetPath {
  /** Host of an absolute-form target; it overrides the Host line (RFC 9112, 3.2.2). */
  readonly host: string | undefined;
  /** Path and query: what is forwarded. */
  readonly target: string;
  /** Path alone: what is matched. */
  readonly path: string;
  /** Whether the path lies below `/.well-known/greentic/`, which is not the workers' to answer. */
  readonly reserved: boolean;
}

// What makes a path mean different things to different readers: dot segments (encoded ones, too) and backslashes, which
// URL parsers resolve, and a leading double slash, which they read as a host.
const AMBIGUOUS = /\\|^\/\/|\/(?:\.|%2e){1,2}(?:[/?]|$)/i;
const RESERVED = '/.well-known/greentic';

/** Takes a request target apart. Throws `input/invalid` for one the router and a worker might read differently. */
export function readTarget(url: string): TargetPath {
  let host: string | undefined;
  let target = url;
  if (url.charCodeAt(0) !== 0x2f) {
    const absolute = /^https?:\/\/([^/?#@\s]+)(\/[^\s]*|)$/i.exec(url);
    if (absolute === null) throw new GreenticError('input/invalid', 'The request target is not a path.');
    host = absolute[1];
    target = absolute[2] || '/';
  }
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  if (AMBIGUOUS.test(path) || path.includes('#'))
    throw new GreenticError('input/invalid', 'The path has dot segments, a backslash or a double slash at its start.');
  return { host, target, path, reserved: isReserved(path) };
}

function isReserved(path: string): boolean {
  if (path.startsWith(RESERVED)) return true;
  // Only a path with an escape, a capital letter or a doubled slash can spell it differently.
  if (!path.includes('%') && !path.includes('//') && !/well-known/i.test(path)) return false;
  return unescaped(path)
    .replaceAll(/\/{2,}/g, '/')
    .toLowerCase()
    .includes(RESERVED);
}

function unescaped(path: string): string {
  return path.replaceAll(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
