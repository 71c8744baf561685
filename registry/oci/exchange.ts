import { GreenticError } from '@greentic/core';
import type { Dispatcher } from 'undici';
import { requestFailure } from './failure.ts';

/** Time for the answer to begin; its body, and the request's, get more by their size. */
const HEAD_MS = 30_000;
const SLOWEST_BYTES_PER_MS = 64;
const ERROR_MAX_BYTES = 16 * 1024;

/** One request to one server. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Most bytes the answer may have. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** What ends the exchange after so many milliseconds; a timer when left out. */
  readonly deadline?: ((ms: number) => AbortSignal) | undefined;
}

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** The value of a header; several are joined as RFC 9110 §5.3 says. */
  header(name: string): string | undefined;
}

/** Takes the body of a success, piece by piece; what it throws ends the exchange. */
export interface BodySink {
  /** Called before the first piece. */
  begin(head: AnswerHead): void;
  push(chunk: Uint8Array): void;
}

/** An answer: of a success the body went into the sink; of anything else, what it says of its error. */
export interface Answer extends AnswerHead {
  /** Error code of the OCI specification; empty when there is none. It may be repeated: nothing else of the error may. */
  readonly reason: string;
  /** The beginning of an error, as it came. */
  readonly error: Uint8Array;
}

/**
 * Makes one request within its time, and reads the answer within its limits. Bodies come as they are: a compressed one could be
 * of any size. Throws `registry/*`, `call/cancelled`, and `BrokenConnection`.
 */
export async function exchange(dispatcher: Dispatcher, request: ExchangeRequest, sink?: BodySink): Promise<Answer> {
  const { method, url, body, maxBytes, deadline = AbortSignal.timeout } = request;
  const late = deadline(Math.ceil(HEAD_MS + (maxBytes + (body?.byteLength ?? 0)) / SLOWEST_BYTES_PER_MS));
  const signal = request.signal === undefined ? late : AbortSignal.any([request.signal, late]);
  try {
    const response = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: { ...request.headers, 'accept-encoding': 'identity', 'user-agent': 'greentic' },
      body: body ?? null,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return await read(response, sink);
  } catch (error) {
    throw requestFailure(error, url.host, request.signal);
  }
}

async function read(response: Dispatcher.ResponseData, sink?: BodySink): Promise<Answer> {
  const { statusCode: status, headers, body } = response;
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  };
  const head = { status, header };
  // A body that is given up before its first piece fails once more, where nobody would catch it.
  body.on('error', () => undefined);
  const success = status >= 200 && status < 300;
  if (!success) {
    const error = await readError(body);
    return { ...head, reason: reasonOf(error.toString('latin1')), error };
  }
  try {
    const encoding = header('content-encoding') ?? 'identity';
    if (encoding !== 'identity')
      throw new GreenticError('registry/protocol', 'The registry answers in an encoding nobody asked for.');
    sink?.begin(head);
    for await (const chunk of body) sink?.push(chunk as Uint8Array);
  } finally {
    body.destroy();
  }
  return { ...head, reason: '', error: new Uint8Array() };
}

async function readError(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Uint8Array);
    length += (chunk as Uint8Array).byteLength;
    if (length > ERROR_MAX_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, ERROR_MAX_BYTES);
}

/** Of what a server writes about an error only its code is repeated: the rest may be anything. */
function reasonOf(text: string): string {
  return /"code"\s*:\s*"([A-Z_]{1,40})"/.exec(text)?.[1] ?? '';
}
