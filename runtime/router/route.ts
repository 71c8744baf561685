import type { RoutedDeployment } from '@greentic/core';
import { GreenticError } from '@greentic/core';

/** Longest path prefix a route can have; no look-up reads further into a path. */
const MAX_PREFIX = 256;

/** What a route leads to, by path prefix. */
type Prefixes<T> = ReadonlyMap<string, T>;

/** Routes, ready for look-up. */
export interface RouteTable<T> {
  readonly byHost: ReadonlyMap<string, Prefixes<T>>;
  readonly anyHost: Prefixes<T>;
}

/**
 * Builds the look-up from each destination's route. Hosts are compared in lower case. Throws `deployment/route-conflict`
 * when two destinations share a host and prefix: which one answered would be a matter of order.
 */
export function tabulateRoutes<T>(routed: readonly { route: RoutedDeployment['route']; to: T }[]): RouteTable<T> {
  const byHost = new Map<string, Map<string, T>>();
  const anyHost = new Map<string, T>();
  for (const { route, to } of routed) {
    const tables =
      route.hosts.length === 0 ? [anyHost] : new Set(route.hosts.map((host) => tableOf(byHost, host.toLowerCase())));
    for (const table of tables) {
      if (table.has(route.pathPrefix)) {
        throw new GreenticError(
          'deployment/route-conflict',
          `Two deployments answer on ${route.hosts.join(', ') || 'any host'} ${route.pathPrefix}.`,
        );
      }
      table.set(route.pathPrefix, to);
    }
  }
  return { byHost, anyHost };
}

function tableOf<T>(byHost: Map<string, Map<string, T>>, host: string): Map<string, T> {
  const table = byHost.get(host) ?? new Map<string, T>();
  byHost.set(host, table);
  return table;
}

/**
 * The destination of a host (as in the Host header) and a path (no query). A route that names the host wins over one
 * for any host; among those, the longest prefix that ends where a path segment ends.
 */
export function matchRoute<T>(table: RouteTable<T>, host: string | undefined, path: string): T | undefined {
  if (table.byHost.size > 0 && host !== undefined) {
    const named = table.byHost.get(hostName(host));
    const match = named === undefined ? undefined : longestPrefix(named, path);
    if (match !== undefined) return match;
  }
  return longestPrefix(table.anyHost, path);
}

function longestPrefix<T>(prefixes: Prefixes<T>, path: string): T | undefined {
  if (prefixes.size > 1 || !prefixes.has('/')) {
    let candidate = path.length > MAX_PREFIX ? path.slice(0, MAX_PREFIX + 1) : path;
    // A cut in the middle of a segment is not a prefix on a boundary.
    if (candidate.length > MAX_PREFIX) candidate = candidate.slice(0, candidate.lastIndexOf('/'));
    while (candidate.length > 1) {
      const match = prefixes.get(candidate);
      if (match !== undefined) return match;
      candidate = candidate.slice(0, candidate.lastIndexOf('/'));
    }
  }
  return prefixes.get('/');
}

/** A Host header's name: lower case, without the port; an IPv6 address keeps its brackets. */
export function hostName(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host;
  return name.toLowerCase();
}
