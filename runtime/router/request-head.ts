import { GreenticError } from '@greentic/core';

/** Most header lines of a request. The bytes are bounded by Node's `maxHeaderSize`. */
const MAX_LINES = 128;

/** What the router reads from a request's header lines, and what of them it forwards. */
export interface RequestHead {
  readonly host: string | undefined;
  readonly cookie: string | undefined;
  readonly session: string | undefined;
  readonly revision: string | undefined;
  readonly token: string | undefined;
  /** Content-Length in bytes; undefined when there is none. */
  readonly length: number | undefined;
  /** Whether the body comes in chunks. */
  readonly chunked: boolean;
  readonly expectsContinue: boolean;
  /** Names and values in turn: end-to-end lines without Host, Cookie and Content-Length, which the router writes itself. */
  readonly forwarded: string[];
}

type Noted =
  | 'host'
  | 'cookie'
  | 'session'
  | 'revision'
  | 'token'
  | 'length'
  | 'transferEncoding'
  | 'connection'
  | 'expect';

/**
 * Lines that end here: hop-by-hop ones (RFC 9110, 7.6.1), those the router speaks for (RFC 9110, 10.1.1; RFC 7239 and
 * its forerunners, which a client must not forge), and Trailer, since request trailers are not forwarded.
 */
const CONSUMED: ReadonlyMap<string, Noted | null> = new Map<string, Noted | null>([
  ['host', 'host'],
  ['cookie', 'cookie'],
  ['content-length', 'length'],
  ['connection', 'connection'],
  ['transfer-encoding', 'transferEncoding'],
  ['expect', 'expect'],
  ['x-greentic-session', 'session'],
  ['x-greentic-revision', 'revision'],
  ['x-greentic-revision-token', 'token'],
  ['keep-alive', null],
  ['proxy-connection', null],
  ['proxy-authorization', null],
  ['proxy-authenticate', null],
  ['te', null],
  ['trailer', null],
  ['upgrade', null],
  ['http2-settings', null],
  ['forwarded', null],
  ['x-forwarded-for', null],
  ['x-forwarded-host', null],
  ['x-forwarded-proto', null],
  ['x-forwarded-port', null],
  ['x-real-ip', null],
]);

/** Names with this start belong to the router. */
const OWN_PREFIX = 'x-greentic-';

/** Connection options that name no header line of ours to remove. */
const PLAIN_CONNECTION = /^(?:keep-alive|close|upgrade|te|http2-settings|[\s,])*$/i;

/**
 * Sorts a request's raw header lines (names and values in turn). Throws `input/invalid` for a second Host line, since two
 * readers could believe different ones, and `input/too-large` for more than 128 lines.
 */
export function readHead(raw: readonly string[]): RequestHead {
  if (raw.length > 2 * MAX_LINES)
    throw new GreenticError('input/too-large', `The request has more than ${MAX_LINES} header lines.`);
  const noted: Partial<Record<Noted, string>> = {};
  let forwarded: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    const use = CONSUMED.get(name);
    if (use === undefined) {
      if (!name.startsWith(OWN_PREFIX)) forwarded.push(name, value);
    } else if (use !== null) note(noted, use, value);
  }
  if (noted.connection !== undefined && !PLAIN_CONNECTION.test(noted.connection))
    forwarded = withoutNamed(forwarded, noted.connection);
  return {
    host: noted.host,
    cookie: noted.cookie,
    session: noted.session,
    revision: noted.revision,
    token: noted.token,
    length: noted.length === undefined ? undefined : Number(noted.length),
    chunked: noted.transferEncoding !== undefined,
    expectsContinue: noted.expect !== undefined,
    forwarded,
  };
}

function note(noted: Partial<Record<Noted, string>>, use: Noted, value: string): void {
  const earlier = noted[use];
  if (earlier === undefined) noted[use] = value;
  else if (use === 'host') throw new GreenticError('input/invalid', 'The request names two hosts.');
  else if (use === 'cookie') noted[use] = `${earlier}; ${value}`;
  else if (use === 'connection') noted[use] = `${earlier}, ${value}`;
}

/** Lines without those that a Connection line names (RFC 9110, 7.6.1). */
function withoutNamed(lines: readonly string[], connection: string): string[] {
  const named = new Set(connection.split(',').map((option) => option.trim().toLowerCase()));
  return lines.filter((_, i) => !named.has(lines[i - (i % 2)] as string));
}
