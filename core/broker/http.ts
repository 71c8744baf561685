import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import * as z from 'zod';
import { type ErrorCode, GreenticError } from '../errors.ts';
import { Label } from '../model/name.ts';
import { base64Of } from '../slots/contract/method.ts';
import { resolveDestination } from './egress.ts';
import { grantFor, type HttpGrant } from './http-grant.ts';
import { fillIn, type Placeholder, redact } from './placeholder.ts';
import type { BrokerPorts, HostAddress } from './ports.ts';

/** Largest body either way, in bytes. */
export const BODY_MAX_BYTES = 2 * 2 ** 20;

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 60_000;
const HEADERS_MAX_BYTES = 32 * 1024;

/** Headers the broker sets itself, or that would let a request say two things. */
const OWN_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'proxy-authorization',
  'accept-encoding',
]);

// A header goes out in Latin-1: any other character would become one that nobody wrote.
const Latin1 = z.string().regex(/^[\0-\xff]*$/, 'must be Latin-1');

/** What a pack asks to be sent. */
export const HttpCall = z.strictObject({
  binding: Label.exactOptional(),
  url: z.string().max(8192).exactOptional(),
  path: z.string().max(8192).exactOptional(),
  method: z.string().max(16),
  headers: z.array(z.tuple([z.string().max(256), Latin1.max(8192)])).max(128),
  body: base64Of(BODY_MAX_BYTES).nullable(),
  redirect: z.enum(['follow', 'error', 'manual']).default('follow'),
});
export type HttpCall = z.infer<typeof HttpCall>;

/** What came back; the body is base64. */
export interface HttpReply {
  status: number;
  headers: [string, string][];
  body: string;
  url: string;
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly body: Buffer | null;
}

/** Sends a pack's request to where it is granted, and nowhere else. */
export class HttpEgress {
  readonly #grants: readonly HttpGrant[];
  readonly #placeholders: () => Promise<readonly Placeholder[]>;
  readonly #resolve: BrokerPorts['resolve'];

  constructor(
    grants: readonly HttpGrant[],
    placeholders: () => Promise<readonly Placeholder[]>,
    resolve: BrokerPorts['resolve'],
  ) {
    this.#grants = grants;
    this.#placeholders = placeholders;
    this.#resolve = resolve;
  }

  async fetch(call: HttpCall, cancelled: AbortSignal): Promise<HttpReply> {
    // A server that answers one byte a minute is cut off as one that does not answer.
    const signal = AbortSignal.any([cancelled, AbortSignal.timeout(TIMEOUT_MS)]);
    let hop: Hop = {
      url: this.#urlOf(call),
      method: call.method,
      body: call.body === null ? null : Buffer.from(call.body, 'base64'),
    };
    let { binding } = call;
    for (let redirects = 0; ; redirects++) {
      const grant = grantFor(this.#grants, hop.method, hop.url, binding);
      binding = grant.binding;
      const reply = await this.#send(hop, grant, call.headers, signal);
      const location = REDIRECTS.has(reply.status) ? headerOf(reply, 'location') : undefined;
      if (location === undefined || call.redirect === 'manual') return reply;
      if (call.redirect === 'error' || redirects === MAX_REDIRECTS) {
        throw new GreenticError(
          'egress/redirect-denied',
          `${hop.url.origin} redirects, which the request does not allow.`,
        );
      }
      hop = this.#follow(hop, reply.status, location, grant);
    }
  }

  #urlOf({ binding, url, path }: HttpCall): URL {
    const base =
      binding === undefined ? undefined : this.#grants.find((grant) => grant.binding === binding)?.origins[0];
    const text = url ?? path ?? '';
    if (!URL.canParse(text, base))
      throw new GreenticError('permission/denied', `No grant covers ${binding ?? 'this address'}.`);
    return new URL(text, base);
  }

  /** The next hop, as the Fetch standard makes it, if the same binding's grant covers it. */
  #follow(hop: Hop, status: number, location: string, grant: HttpGrant): Hop {
    if (!URL.canParse(location, hop.url))
      throw new GreenticError('egress/redirect-denied', `${hop.url.origin} redirects to no address.`);
    const url = new URL(location, hop.url);
    const becomesGet = status === 303 || ((status === 301 || status === 302) && hop.method === 'POST');
    const next = becomesGet && hop.method !== 'HEAD' ? { url, method: 'GET', body: null } : { ...hop, url };
    try {
      grantFor(this.#grants, next.method, next.url, grant.binding);
      return next;
    } catch {
      throw new GreenticError(
        'egress/redirect-denied',
        `${hop.url.origin} redirects to ${url.origin}${url.pathname}, which is not granted.`,
      );
    }
  }

  async #send(hop: Hop, grant: HttpGrant, headers: HttpCall['headers'], signal: AbortSignal): Promise<HttpReply> {
    const address = await resolveDestination(hop.url.hostname, this.#resolve);
    const placeholders = await this.#placeholders();
    const fill = (text: string) => fillIn(Buffer.from(text, 'latin1'), placeholders, grant.binding).toString('latin1');
    const outgoing: Record<string, string[]> = Object.assign(Object.create(null), { 'accept-encoding': ['identity'] });
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      if (!OWN_HEADERS.has(key)) outgoing[key] = [...(outgoing[key] ?? []), fill(value)];
    }
    const body = hop.body === null ? null : fillIn(hop.body, placeholders, grant.binding);
    // A secret never travels in a URL: those end up in logs.
    fillIn(Buffer.from(hop.url.href), [], grant.binding);
    const reply = await exchange({ ...hop, body }, address, outgoing, signal);
    const clean = (text: string) => redact(Buffer.from(text, 'latin1'), placeholders).toString('latin1');
    return {
      status: reply.status,
      headers: reply.headers.map(([name, value]) => [name, clean(value)]),
      body: redact(reply.body, placeholders).toString('base64'),
      url: hop.url.href,
    };
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function headerOf(reply: HttpReply, name: string): string | undefined {
  return reply.headers.find(([key]) => key === name)?.[1];
}

interface Exchange {
  status: number;
  headers: [string, string][];
  body: Buffer;
}

/** One request to one address, whatever the name means by now. */
async function exchange(
  hop: Hop,
  address: HostAddress,
  headers: Record<string, string[]>,
  signal: AbortSignal,
): Promise<Exchange> {
  const pinned: LookupFunction = (_hostname, options, done) => {
    if (options.all) done(null, [address]);
    else done(null, address.address, address.family);
  };
  // Loaded when a pack first sends something: Node's HTTP takes longer to load than most commands take to run.
  const { request: send } = await (hop.url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return await new Promise((resolve, reject) => {
    const fail = (code: ErrorCode, message: string) => reject(new GreenticError(code, message));
    const options = {
      method: hop.method,
      lookup: pinned,
      agent: false as const,
      signal,
      timeout: TIMEOUT_MS,
      maxHeaderSize: HEADERS_MAX_BYTES,
    };
    try {
      const outgoing = send(hop.url, { ...options, headers: withLength(headers, hop.body) }, (incoming) => {
        collect(incoming).then(
          (body) => resolve({ status: incoming.statusCode ?? 0, headers: pairs(incoming.rawHeaders), body }),
          (error: Error) =>
            reject(
              error instanceof GreenticError
                ? error
                : new GreenticError('egress/failed', `${hop.url.origin} broke off.`),
            ),
        );
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const late = (signal.reason as Error | undefined)?.name === 'TimeoutError';
        if (signal.aborted && !late) fail('call/cancelled', 'The request was cancelled.');
        else fail('egress/failed', `${hop.url.origin} did not answer (${error.code ?? error.message}).`);
      });
      outgoing.end(hop.body ?? undefined);
    } catch (error) {
      // Node refuses header names, values and methods that could split a request; its message does not repeat the value.
      fail('input/invalid', `The request is malformed (${(error as NodeJS.ErrnoException).code ?? 'invalid'}).`);
    }
  });
}

function withLength(headers: Record<string, string[]>, body: Buffer | null): Record<string, string[]> {
  return body === null ? headers : { ...headers, 'content-length': [String(body.byteLength)] };
}

function pairs(raw: readonly string[]): [string, string][] {
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) headers.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '']);
  return headers;
}

async function collect(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > BODY_MAX_BYTES) {
      incoming.destroy();
      throw new GreenticError('limit/message', `The reply is larger than ${BODY_MAX_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
