import { isAbsolute } from 'node:path';
import { GreenticError } from '@greentic/core';
import { Pool } from 'undici';

/** Most requests under way to one worker; one that hangs must not hold all of the router's descriptors. */
const MAX_IN_FLIGHT = 4096;

/** A worker's endpoint with its connections. Lives as long as a configuration names it or a request uses it. */
export interface Upstream {
  readonly endpoint: string;
  readonly pool: Pool;
  /** Counts a request in. Throws `route/overloaded` at 4096 under way. */
  enter(): void;
  /** Counts a request out. */
  leave(): void;
  /** Closes the connections as soon as no request uses them. */
  retire(): void;
  /** Breaks everything under way. */
  destroy(): Promise<void>;
}

/** Time limits towards workers, in milliseconds. */
export interface UpstreamTimes {
  readonly connectMs: number;
  /** From the request to the response's header. */
  readonly headersMs: number;
  /** Between two pieces of a response's body. */
  readonly silenceMs: number;
}

/** Opens an endpoint, `http://host:port` or `unix:<path>`; connects at the first request. Throws `runtime/config-invalid`. */
export function openUpstream(endpoint: string, times: UpstreamTimes, onClosed: () => void): Upstream {
  const { origin, socketPath } = parseEndpoint(endpoint);
  const pool = new Pool(origin, {
    pipelining: 1,
    connectTimeout: times.connectMs,
    headersTimeout: times.headersMs,
    bodyTimeout: times.silenceMs,
    allowH2: false,
    ...(socketPath === undefined ? {} : { socketPath }),
  });
  let inFlight = 0;
  let retired = false;
  const closeIfUnused = () => {
    if (!retired || inFlight > 0) return;
    void pool.close();
    onClosed();
  };
  return {
    endpoint,
    pool,
    enter() {
      if (inFlight >= MAX_IN_FLIGHT) throw new GreenticError('route/overloaded');
      inFlight++;
    },
    leave() {
      inFlight--;
      if (retired) closeIfUnused();
    },
    retire() {
      retired = true;
      closeIfUnused();
    },
    async destroy() {
      await pool.destroy();
    },
  };
}

/** Takes an endpoint apart. Throws `runtime/config-invalid` for any other form than the two. */
export function parseEndpoint(endpoint: string): { origin: string; socketPath?: string } {
  if (endpoint.startsWith('unix:')) {
    const socketPath = endpoint.slice('unix:'.length);
    if (isAbsolute(socketPath) && !socketPath.includes('\0')) return { origin: 'http://worker', socketPath };
  } else if (endpoint.startsWith('http://') && URL.canParse(endpoint)) {
    const { origin, username, password, pathname, search, hash } = new URL(endpoint);
    if (username === '' && password === '' && pathname === '/' && search === '' && hash === '') return { origin };
  }
  throw new GreenticError(
    'runtime/config-invalid',
    `Endpoint ${endpoint} is neither http://host:port nor unix:<absolute path>.`,
  );
}
