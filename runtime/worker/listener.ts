import type { RequestListener } from 'node:http';
import type { BundleHandler, WorkerContext } from '@greentic/core';
import { createRequestListener } from '@remix-run/node-fetch-server';
import { WITNESS_PATH } from './witness-path.ts';

/** What a worker process claims of itself: the digest is of the bytes it runs, computed by it. */
export interface WorkerClaim {
  readonly revision: string;
  readonly bundleDigest: string;
  /** Random per process: tells a restart. */
  readonly bootId: string;
  readonly pid: number;
}

/** The listener of a worker process: its own witness path, and the bundle's handler for everything else. */
export function createListener(
  claim: WorkerClaim,
  handler: BundleHandler,
  context: WorkerContext,
  logError: (error: unknown) => void,
): RequestListener {
  // Whatever happened, the visitor learns that it failed and no more; the log has the reason.
  const onError = (error: unknown) => {
    logError(error);
    const body = { error: { code: 'worker/failed', message: 'The worker failed.', hint: 'Read its log.' } };
    return new Response(JSON.stringify(body), { status: 500, headers: { 'content-type': 'application/json' } });
  };
  const answer = createRequestListener(
    async (request: Request) => {
      const response = await handler.fetch(request, context);
      if (!(response instanceof Response)) throw new TypeError('The handler gave no Response.');
      return response;
    },
    { onError },
  );
  return (request, response) => {
    if (!request.url?.startsWith(WITNESS_PATH)) return answer(request, response);
    const nonce = /^\?nonce=([A-Za-z0-9_-]{16,64})$/.exec(request.url.slice(WITNESS_PATH.length))?.[1];
    if (nonce === undefined) return void response.writeHead(400).end();
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
    response.writeHead(200, headers).end(JSON.stringify({ ...claim, nonce }));
  };
}
