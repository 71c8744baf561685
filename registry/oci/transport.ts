import { GreenticError } from '@greentic/core';
import type { Dispatcher } from 'undici';
import { Authentication, type Scope } from './authentication.ts';
import { type Backoff, backoffMs, DEFAULT_BACKOFF, retryAfterMs } from './backoff.ts';
import type { BoundedBody } from './body.ts';
import { openConnections } from './connections.ts';
import { dockerCredentials, type FindCredentials } from './credential.ts';
import { mayLeadTo } from './destination.ts';
import { type Answer, type ExchangeRequest, exchange } from './exchange.ts';
import { BrokenConnection, statusFailure } from './failure.ts';
import { isLoopbackAddress, type OciReference } from './reference.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REPEATED = new Set([408, 429, 500, 502, 503, 504]);

/** What a registry is asked. */
export interface OciRequest {
  readonly method: ExchangeRequest['method'];
  /** Below the registry's origin. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly scopes: readonly Scope[];
  /** Where the body of a success goes. */
  readonly into?: BoundedBody;
  readonly maxBytes?: number;
  /** Whether the rest of a body that broke off may be asked for: only what a digest names stays the same meanwhile. */
  readonly resumable?: boolean;
  /** Whether making it twice does what making it once does; by default only of reading. */
  readonly repeatable?: boolean;
}

/** What a transport is made with; everything has its usual value. */
export interface TransportOptions {
  readonly processEnv?: NodeJS.ProcessEnv;
  readonly credentials?: FindCredentials;
  readonly backoff?: Partial<Backoff>;
  /** Cancels every request. */
  readonly signal?: AbortSignal;
  /** What ends a request after so many milliseconds; a timer when left out. */
  readonly deadline?: (ms: number) => AbortSignal;
}

/**
 * Requests to one registry: with its authentication, redirects of reads to blob storage, repetition of what failed for a moment,
 * and the rest of a body that broke off.
 */
export class OciTransport {
  readonly reference: OciReference;
  readonly #authentication: Authentication;
  readonly #backoff: Backoff;
  readonly #options: TransportOptions;
  #dispatcher: Promise<Dispatcher> | undefined;

  constructor(reference: OciReference, options: TransportOptions = {}) {
    this.reference = reference;
    this.#options = options;
    this.#backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
    this.#authentication = new Authentication(reference, options.credentials ?? dockerCredentials(options.processEnv));
  }

  /** Makes a request. Any status may come back but those that say: later. Throws `registry/*`, `call/cancelled`. */
  async send(request: OciRequest): Promise<Answer> {
    const { method } = request;
    const { attempts, patienceMs, now } = this.#backoff;
    const repeatable = request.repeatable ?? (method === 'GET' || method === 'HEAD');
    const { host } = this.reference;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request);
      const broken = outcome instanceof BrokenConnection;
      if (!broken && !REPEATED.has(outcome.status)) return outcome;
      const asked = broken ? undefined : retryAfterMs(outcome.header('retry-after'), now());
      if (!repeatable || attempt >= attempts || (asked ?? 0) > patienceMs) {
        if (broken) throw new GreenticError('registry/unreachable', outcome.message, { cause: outcome });
        throw statusFailure(outcome.status, `${method} ${request.url.pathname}`, host, outcome.reason);
      }
      await this.pause(attempt, asked);
    }
  }

  /** Waits before the attempt after `attempt`; for as long as the registry asked, when that is longer. */
  async pause(attempt: number, askedMs = 0): Promise<void> {
    const ms = Math.max(askedMs, backoffMs(this.#backoff, attempt));
    await this.#backoff.wait(ms, this.#options.signal).catch((cause) => {
      throw new GreenticError('call/cancelled', `The request to ${this.reference.host} was cancelled.`, { cause });
    });
  }

  /** Opened with the first request, and ended with its last connection. */
  async #connections(): Promise<Dispatcher> {
    const { processEnv = process.env } = this.#options;
    this.#dispatcher ??= openConnections(processEnv, isLoopbackAddress(this.reference.origin));
    return this.#dispatcher;
  }

  async #attempt(request: OciRequest): Promise<Answer | BrokenConnection> {
    try {
      return await this.#authorized(request);
    } catch (error) {
      if (error instanceof BrokenConnection) return error;
      throw error;
    }
  }

  async #authorized(request: OciRequest): Promise<Answer> {
    const known = await this.#authentication.known(request.scopes);
    const first = await this.#follow(request, known);
    const challenge = first.status === 401 ? first.header('www-authenticate') : undefined;
    if (challenge === undefined) return first;
    const { signal, deadline } = this.#options;
    const via = { dispatcher: await this.#connections(), signal, deadline };
    const answer = await this.#authentication.answer(challenge, request.scopes, known, via);
    return this.#follow(request, answer);
  }

  /** Follows redirects of what only reads. The registry's token goes to the registry alone: blob storage gets none. */
  async #follow(request: OciRequest, authorization: string | undefined): Promise<Answer> {
    let { url } = request;
    for (let hops = 0; ; hops++) {
      const own = url.origin === this.reference.origin.origin;
      const answer = await this.#exchange(request, url, own ? authorization : undefined);
      if (!own && answer.status === 401) throw statusFailure(401, 'a request it was redirected to', url.host, '');
      if (!REDIRECTS.has(answer.status)) return answer;
      url = this.#next(url, answer.header('location') ?? '');
      if (request.method !== 'GET' && request.method !== 'HEAD')
        throw new GreenticError('registry/redirect', `${this.reference.host} redirects a request that writes.`);
      if (hops >= MAX_REDIRECTS)
        throw new GreenticError(
          'registry/redirect',
          `${this.reference.host} redirects more than ${MAX_REDIRECTS} times.`,
        );
    }
  }

  async #exchange(request: OciRequest, url: URL, authorization: string | undefined): Promise<Answer> {
    const { method, body, into, headers = {}, maxBytes = 0 } = request;
    const { signal, deadline } = this.#options;
    if (request.resumable !== true) into?.clear();
    const rest = into === undefined || into.length === 0 ? {} : { range: `bytes=${into.length}-` };
    return exchange(
      await this.#connections(),
      {
        method,
        url,
        headers: { ...headers, ...rest, ...(authorization === undefined ? {} : { authorization }) },
        body,
        maxBytes,
        signal,
        deadline,
      },
      into,
    );
  }

  #next(from: URL, location: string): URL {
    const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
    if (url !== undefined && mayLeadTo(url, this.reference)) return url;
    throw new GreenticError('registry/redirect', `${this.reference.host} redirects to where it may not lead.`);
  }
}
