/** Response lines that end here: hop-by-hop ones (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'transfer-encoding',
  'te',
  'upgrade',
]);

/** Names with this start belong to the router. */
const OWN_PREFIX = 'x-greentic-';

/**
 * A worker's response header lines as they go on to the client, names and values in turn: without hop-by-hop ones, those
 * its Connection line names, and any that claim to be the router's own.
 */
export function passHead(headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const named = namedBy(headers['connection']);
  const lines: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || HOP_BY_HOP.has(name) || name.startsWith(OWN_PREFIX) || named?.has(name)) continue;
    if (typeof value === 'string') lines.push(name, value);
    else for (const each of value) lines.push(name, each);
  }
  return lines;
}

/** A worker's response trailers as they go on: without lines that frame or belong to the router (RFC 9110, 6.5.1). */
export function passTrailers(trailers: Readonly<Record<string, string | string[] | undefined>>): [string, string][] {
  return Object.entries(trailers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || HOP_BY_HOP.has(name) || name === 'content-length' || name.startsWith(OWN_PREFIX))
      return [];
    return [[name, String(value)]];
  });
}

function namedBy(connection: string | string[] | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(
    String(connection)
      .split(',')
      .map((option) => option.trim().toLowerCase()),
  );
}
