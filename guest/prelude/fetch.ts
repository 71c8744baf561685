import { type AbortSignal, whenAborted } from './abort-signal.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { readBody } from './body.ts';
import { Headers, listOf, protect } from './headers.ts';
import { callPort } from './port.ts';
import { Request, type RequestInit } from './request.ts';
import { hasNoBody, Response, ResponseHead } from './response.ts';
import type { URL } from './url.ts';

/** What the broker says came back. */
interface Reply {
  readonly status: number;
  readonly statusText?: string;
  readonly headers: readonly [string, string][];
  readonly body: string;
  readonly url: string;
}

/** Where a request goes: a URL that some grant must cover, or a path at a binding's origin. */
type Target = { readonly url: string } | { readonly binding: string; readonly path: string };

/** As in the Fetch standard; a failure is a TypeError that carries the broker's code. */
export async function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  return await send({ url: request.url }, request);
}

/** Sends a request under one `http` permission. */
export async function fetchBinding(binding: string, path: string, init?: object): Promise<globalThis.Response> {
  // The binding's origin is known to the broker alone; the address here is never looked at.
  const request = new Request('https://binding.invalid/', init as RequestInit | undefined);
  const response = await send({ binding: String(binding), path: String(path).toWellFormed() }, request);
  return response as unknown as globalThis.Response;
}

async function send(target: Target, request: Request): Promise<Response> {
  const { method, headers, redirect, signal } = request;
  signal.throwIfAborted();
  const body = request.body === null ? null : encodeBase64(await readBody(request));
  signal.throwIfAborted();
  const args = { ...target, method, headers: listOf(headers), body, redirect };
  const { answer, cancel } = callPort('http', 'fetch', args, TypeError);
  return responseOf((await withSignal(answer, cancel, signal)) as Reply, target);
}

/** Follows a call, or gives up on it for the signal's reason. */
function withSignal(answer: Promise<unknown>, cancel: () => void, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const forget = whenAborted(signal, () => {
      cancel();
      reject(signal.reason);
    });
    answer.then(resolve, reject).finally(forget);
  });
}

function responseOf({ status, statusText = '', headers, body, url }: Reply, target: Target): Response {
  const redirected = 'url' in target && target.url.replace(/#.*$/s, '') !== url.replace(/#.*$/s, '');
  const head = new ResponseHead(status, protect(new Headers(headers)), { statusText, type: 'basic', url, redirected });
  return new Response(hasNoBody(status) ? null : (decodeBase64(body) ?? null), head);
}
