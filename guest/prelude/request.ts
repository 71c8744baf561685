import { AbortController, AbortSignal } from './abort-signal.ts';
import { Body, type BodyInit, type Content, contentOf, copyBody, isUnusable, takeBody } from './body.ts';
import { Headers, type HeadersInit } from './headers.ts';
import { URL } from './url.ts';

/** Options of a request. */
export interface RequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly redirect?: 'follow' | 'error' | 'manual';
  readonly signal?: AbortSignal | null;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i;
const FORBIDDEN = /^(?:connect|trace|track)$/i;
const REDIRECTS = new Set(['follow', 'error', 'manual']);

function methodOf(value: unknown): string {
  const method = String(value);
  if (!TOKEN.test(method) || FORBIDDEN.test(method))
    throw new TypeError(`The method ${JSON.stringify(method.slice(0, 32))} is not allowed.`);
  return NORMALIZED.test(method) ? method.toUpperCase() : method;
}

function hrefOf(input: unknown): string {
  const url = new URL(String(input));
  if (url.username !== '' || url.password !== '') throw new TypeError('A request’s URL must not hold credentials.');
  return url.href;
}

/** As in the Fetch standard, without what only a page has: modes, caches, credentials and referrers. */
export class Request extends Body {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly signal: AbortSignal;

  constructor(input: string | URL | Request, given: RequestInit = {}) {
    const init = given ?? {};
    const from = input instanceof Request ? input : undefined;
    const method = init.method === undefined ? (from?.method ?? 'GET') : methodOf(init.method);
    const url = from?.url ?? hrefOf(input);
    const headers = new Headers(init.headers ?? from?.headers);
    const redirect = init.redirect ?? from?.redirect ?? 'follow';
    if (!REDIRECTS.has(redirect)) throw new TypeError('The redirect mode must be follow, error or manual.');
    const signal = init.signal === undefined ? from?.signal : init.signal;
    if (signal !== undefined && signal !== null && !(signal instanceof AbortSignal))
      throw new TypeError('The signal must be an AbortSignal.');
    // The other request's body is taken last: a request that could not be made must leave it readable.
    const content = contentFor(from, init, method);
    super(content.source);
    this.method = method;
    this.url = url;
    this.headers = headers;
    if (content.type !== undefined && !headers.has('content-type')) headers.set('content-type', content.type);
    this.redirect = redirect;
    this.signal = signal ?? new AbortController().signal;
  }

  clone(): Request {
    if (isUnusable(this)) throw new TypeError('The body was read already.');
    const { method, headers, redirect, signal } = this;
    const body = copyBody(this);
    return new Request(this.url, { method, headers, redirect, signal, ...(body === null ? {} : { body }) });
  }

  get [Symbol.toStringTag](): string {
    return 'Request';
  }
}

function contentFor(from: Request | undefined, init: RequestInit, method: string): Content {
  const given = init.body !== undefined && init.body !== null;
  if ((given || from?.body) && (method === 'GET' || method === 'HEAD'))
    throw new TypeError('A request with method GET or HEAD has no body.');
  if (given) return contentOf(init.body);
  return { source: from === undefined ? null : takeBody(from), type: undefined };
}
