import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GreenticError } from '@greentic/core';
import type { Dispatcher } from 'undici';
import { refuse } from './refusal.ts';
import { passHead, passTrailers } from './response-head.ts';
import { joinTunnel } from './tunnel.ts';
import type { Upstream } from './upstream.ts';

/** Node gives a request's stream no end-to-end type for what undici reports here. */
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** One request on its way to a worker. */
export interface Errand {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upstream: Upstream;
  readonly path: string;
  /** Header lines for the worker, names and values in turn. */
  readonly lines: string[];
  readonly hasBody: boolean;
  /** Lines the router adds to the response. */
  readonly ownLines: readonly string[];
  /** Whether the router is closing, so that the client's connection has to end with the answer. */
  readonly closing: () => boolean;
  /** Protocol to switch to; undefined for an ordinary request. */
  readonly upgrade: string | undefined;
  readonly maxBodyBytes: number;
  readonly retryAfterMs: number;
  /** Called once, at the end; with an error when the worker failed to answer. */
  readonly onEnd: (failure: GreenticError | undefined) => void;
}

/** Safe methods (RFC 9110, 9.2.1): a request without body may be sent twice. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Largest piece worth copying, in bytes. */
const SMALL_PIECE = 4096;

const ABORTED = new Error('The client is gone.');

/**
 * Carries one request to its worker and the answer back, piece by piece: each side waits for the slower one. When the
 * client goes, the worker's request is cancelled. A request of which the worker has certainly seen nothing is sent once
 * more after `retryAfterMs`, since a restarting worker comes back on its endpoint; so is a safe one without a body whose
 * connection broke before an answer began.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #errand: Errand;
  #controller: Dispatcher.DispatchController | undefined;
  #sentBytes = 0;
  #retried = false;
  #answered = false;
  #ended = false;
  #remaining = -1;
  #waitsForDrain = false;

  constructor(errand: Errand) {
    this.#errand = errand;
  }

  /** Sends the request. */
  start(): void {
    const { response } = this.#errand;
    if (response.destroyed) {
      this.#end(undefined);
      return;
    }
    response.once('close', () => this.#onClientClosed());
    this.#dispatch();
  }

  #dispatch(): void {
    const { request, upstream, path, lines, hasBody, upgrade } = this.#errand;
    this.#controller = undefined;
    upstream.pool.dispatch(
      {
        path,
        method: request.method ?? 'GET',
        headers: lines,
        body: hasBody ? request : null,
        upgrade: upgrade ?? null,
      },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(ABORTED);
  }

  onBodySent(chunk: Buffer): void {
    this.#sentBytes += chunk.byteLength;
    if (this.#sentBytes <= this.#errand.maxBodyBytes) return;
    const error = new GreenticError('input/too-large', `The body is larger than ${this.#errand.maxBodyBytes} bytes.`);
    if (this.#answered) this.#errand.response.destroy();
    else refuse(this.#errand.response, error, { close: true, lines: this.#errand.ownLines });
    this.#end(undefined);
    this.#controller?.abort(error);
  }

  onRequestUpgrade(_: Dispatcher.DispatchController, __: number, headers: Headers, socket: Duplex): void {
    this.#answered = true;
    if (this.#ended) socket.destroy();
    else joinTunnel(this.#errand, headers, socket as Socket, () => this.#end(undefined));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    const { response, ownLines, request } = this.#errand;
    if (status < 200) {
      if (status === 103 && headers['link'] !== undefined && request.httpVersionMinor > 0)
        response.writeEarlyHints({ link: headers['link'] });
      return;
    }
    const lines = passHead(headers);
    for (const line of ownLines) lines.push(line);
    if (this.#errand.closing()) lines.push('connection', 'close');
    const length = headers['content-length'];
    if (typeof length === 'string' && request.method !== 'HEAD' && status !== 304) this.#remaining = Number(length);
    response.writeHead(status, lines);
    this.#answered = true;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#errand;
    this.#remaining -= chunk.byteLength;
    // The last piece of a known length goes out with the end. As a string of bytes, Node joins it to the header; a small
    // buffer would travel as a second piece, which costs more than copying it.
    if (this.#remaining === 0) {
      if (chunk.byteLength <= SMALL_PIECE) response.end(chunk.toString('latin1'), 'latin1');
      else response.end(chunk);
    } else if (!response.write(chunk)) this.#waitForDrain(controller);
  }

  onResponseEnd(_: Dispatcher.DispatchController, trailers: Headers): void {
    const { response } = this.#errand;
    if (!response.writableEnded) {
      response.addTrailers(passTrailers(trailers));
      response.end();
    }
    this.#end(undefined);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#ended) return;
    if (this.#mayRetry(error)) {
      this.#retry();
      return;
    }
    const failure = failureOf(error);
    const { response, ownLines } = this.#errand;
    // An answer that has begun cannot become another: break it, so that nobody takes the part for the whole.
    if (this.#answered) response.destroy();
    else refuse(response, failure, { lines: ownLines });
    this.#end(isRefusal(error) ? undefined : failure);
  }

  #waitForDrain(controller: Dispatcher.DispatchController): void {
    controller.pause();
    if (this.#waitsForDrain) return;
    this.#waitsForDrain = true;
    this.#errand.response.once('drain', () => {
      this.#waitsForDrain = false;
      controller.resume();
    });
  }

  #mayRetry(error: Error): boolean {
    if (this.#retried || this.#answered || isRefusal(error)) return false;
    if (this.#controller === undefined) return true;
    const { request, hasBody, upgrade } = this.#errand;
    return !hasBody && upgrade === undefined && SAFE.has(request.method ?? '') && !isTimeout(error);
  }

  #retry(): void {
    this.#retried = true;
    setTimeout(() => {
      if (!this.#ended) this.#dispatch();
    }, this.#errand.retryAfterMs);
  }

  #onClientClosed(): void {
    if (this.#ended || this.#errand.response.writableFinished) return;
    this.#end(undefined);
    this.#controller?.abort(ABORTED);
  }

  #end(failure: GreenticError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#errand.onEnd(failure);
  }
}

function codeOf(error: Error): unknown {
  return (error as { code?: unknown }).code;
}

function isTimeout(error: Error): boolean {
  return codeOf(error) === 'UND_ERR_HEADERS_TIMEOUT' || codeOf(error) === 'UND_ERR_BODY_TIMEOUT';
}

function isRefusal(error: Error): boolean {
  return (
    codeOf(error) === 'UND_ERR_INVALID_ARG' ||
    codeOf(error) === 'UND_ERR_NOT_SUPPORTED' ||
    error instanceof GreenticError
  );
}

function failureOf(error: Error): GreenticError {
  if (error instanceof GreenticError) return error;
  if (isRefusal(error))
    return new GreenticError('input/invalid', 'The request cannot be forwarded as it is.', { cause: error });
  return new GreenticError(isTimeout(error) ? 'route/timeout' : 'route/upstream', undefined, { cause: error });
}
