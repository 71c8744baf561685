import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from './gate.ts';
import type { Refusal } from './refusal.ts';

/** One request and its answer, once it is known who asks. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly caller: Caller;
}

type Headers = Readonly<Record<string, string | number | string[]>>;

/** Answers with a status, headers and, unless the request is HEAD, a body. */
export function answer(
  { request, response }: Pick<Exchange, 'request' | 'response'>,
  status: number,
  headers: Headers = {},
  body: string | Uint8Array = '',
): void {
  // Whoever is answered before all of the body came may not go on sending on this connection.
  const unread = !request.complete && status >= 400;
  response.writeHead(status, {
    'Content-Length': Buffer.byteLength(body),
    ...(unread ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Answers with JSON. */
export function answerJson(
  exchange: Pick<Exchange, 'request' | 'response'>,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  answer(exchange, status, { 'Content-Type': 'application/json', ...headers }, JSON.stringify(value));
}

/** Answers with a refusal; what was begun already is broken off, so that nobody takes it for whole. */
export function answerRefusal(exchange: Pick<Exchange, 'request' | 'response'>, refusal: Refusal): void {
  if (exchange.response.headersSent) {
    exchange.response.destroy();
    return;
  }
  for (const name of exchange.response.getHeaderNames()) exchange.response.removeHeader(name);
  answer(
    exchange,
    refusal.status,
    { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...refusal.headers },
    refusal.body,
  );
}

/** Reads a body into memory. Throws the refusal given when it has more than `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number, tooLarge: Refusal): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
