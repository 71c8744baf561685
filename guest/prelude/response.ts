import { Body, type BodyInit, contentOf, copyBody } from './body.ts';
import { Headers, type HeadersInit, protect } from './headers.ts';
import { URL } from './url.ts';

/** Options of a response. */
export interface ResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: HeadersInit;
}

const NO_BODY = new Set([101, 103, 204, 205, 304]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Everything of a response but its body. */
export class ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly type: 'default' | 'basic' | 'error';
  readonly url: string;
  readonly redirected: boolean;

  constructor(
    status: number,
    headers: Headers,
    { statusText = '', type = 'default', url = '', redirected = false }: Partial<ResponseHead> = {},
  ) {
    this.status = status;
    this.headers = headers;
    this.statusText = statusText;
    this.type = type;
    this.url = url;
    this.redirected = redirected;
  }
}

/** As in the Fetch standard. */
export class Response extends Body {
  readonly #head: ResponseHead;

  /** A pack has no `ResponseHead`, so what it makes is always checked. */
  constructor(body?: BodyInit | null, init?: ResponseInit | ResponseHead | null) {
    const content = contentOf(body);
    const head = init instanceof ResponseHead ? init : headOf(init ?? {});
    super(content.source);
    this.#head = head;
    if (content.source === null || init instanceof ResponseHead) return;
    if (NO_BODY.has(head.status)) throw new TypeError(`A response with status ${head.status} has no body.`);
    if (content.type !== undefined && !head.headers.has('content-type')) head.headers.set('content-type', content.type);
  }

  static error(): Response {
    return new Response(null, new ResponseHead(0, protect(new Headers()), { type: 'error' }));
  }

  static redirect(url: string | URL, given = 302): Response {
    const location = new URL(String(url)).href;
    const status = Number(given);
    if (!REDIRECTS.has(status)) throw new RangeError(`The status ${status} is no redirect.`);
    return new Response(null, new ResponseHead(status, protect(new Headers({ location }))));
  }

  static json(data: unknown, given: ResponseInit | null = {}): Response {
    const text: unknown = JSON.stringify(data);
    if (typeof text !== 'string') throw new TypeError('The value has no JSON form.');
    const init = given ?? {};
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    return new Response(text, { ...init, headers });
  }

  get type(): string {
    return this.#head.type;
  }

  get url(): string {
    return this.#head.url;
  }

  get redirected(): boolean {
    return this.#head.redirected;
  }

  get status(): number {
    return this.#head.status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get statusText(): string {
    return this.#head.statusText;
  }

  get headers(): Headers {
    return this.#head.headers;
  }

  clone(): Response {
    const body = copyBody(this);
    return new Response(body, new ResponseHead(this.status, new Headers(this.headers), this.#head));
  }

  get [Symbol.toStringTag](): string {
    return 'Response';
  }
}

function headOf({ status = 200, statusText = '', headers }: ResponseInit): ResponseHead {
  const code = Math.trunc(Number(status));
  if (!(code >= 200 && code <= 599)) throw new RangeError('The status must lie between 200 and 599.');
  if (!REASON.test(String(statusText))) throw new TypeError('The status text is not valid.');
  return new ResponseHead(code, new Headers(headers), { statusText: String(statusText) });
}

/** Whether a response with this status never has a body. */
export function hasNoBody(status: number): boolean {
  return NO_BODY.has(status);
}
