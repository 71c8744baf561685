import { Digest, decode, GreenticError, parseJson, RevisionId, type Witness } from '@greentic/core';
import * as z from 'zod';
import { WITNESS_PATH } from './worker/witness-path.ts';

const ANSWER_MAX_BYTES = 4096;

const Claim = z.looseObject({
  revision: RevisionId,
  bundleDigest: Digest,
  bootId: z.uuid(),
  nonce: z.string(),
});

/** Who is expected to answer. */
export interface ExpectedWorker {
  readonly revision: string;
  readonly bundleDigest: string;
}

/** How a worker is asked. */
export interface Observation {
  /** Fresh and random, 16 to 64 characters of base64url: an answer with it is no older than the question. */
  readonly nonce: string;
  readonly deadlineMs: number;
  readonly now: () => Date;
}

/**
 * Asks whoever answers at an endpoint (`unix:<path>` or `http://host:port`) who it is, and gives what was seen. Throws
 * `worker/failed` when nobody gives a proper answer in time, `witness/mismatch` when another revision, other bytes or an old
 * answer were seen.
 */
export async function observeWorker(
  endpoint: string,
  expected: ExpectedWorker,
  { nonce, deadlineMs, now }: Observation,
): Promise<Witness> {
  const text = await ask(endpoint, nonce, deadlineMs);
  const value = parseJson(text, { maxBytes: ANSWER_MAX_BYTES, code: 'worker/failed' });
  const claim = decode(Claim, value, 'worker/failed', 'The worker’s answer');
  const { revision, bundleDigest, bootId } = claim;
  const wanted = { ...expected, nonce };
  for (const field of ['revision', 'bundleDigest', 'nonce'] as const) {
    if (claim[field] === wanted[field]) continue;
    throw new GreenticError(
      'witness/mismatch',
      `The worker at ${endpoint} answers with another ${field} than expected.`,
      {
        details: { field, expected: wanted[field], actual: claim[field] },
      },
    );
  }
  return { revision, bundleDigest, bootId, observedAt: now().toISOString() };
}

/** Where to connect for an endpoint. Throws `input/invalid`. */
function targetOf(endpoint: string): { socketPath: string } | { host: string; port: number } {
  if (endpoint.startsWith('unix:/')) return { socketPath: endpoint.slice('unix:'.length) };
  const url = URL.parse(endpoint);
  if (url?.protocol !== 'http:' || `${url.origin}/` !== url.href) {
    throw new GreenticError('input/invalid', 'An endpoint is unix:<path> or http://host:port.');
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 80) };
}

async function ask(endpoint: string, nonce: string, deadlineMs: number): Promise<Uint8Array> {
  const { request } = await import('node:http');
  const signal = AbortSignal.timeout(deadlineMs);
  const target = { ...targetOf(endpoint), path: `${WITNESS_PATH}?nonce=${nonce}`, agent: false as const, signal };
  return await new Promise((resolve, reject) => {
    const fail = (message: string, cause?: unknown) => reject(new GreenticError('worker/failed', message, { cause }));
    const lost = (cause: unknown) => fail(`Nobody answers at ${endpoint}.`, cause);
    const asking = request(target, (response) => {
      if (response.statusCode !== 200) {
        asking.destroy();
        return fail(`The worker at ${endpoint} does not say who it is (status ${response.statusCode}).`);
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength;
        chunks.push(chunk);
        if (bytes > ANSWER_MAX_BYTES) asking.destroy(new Error('The answer is too large.'));
      });
      response.on('end', () => resolve(Buffer.concat(chunks)));
      response.on('error', lost);
    });
    asking.on('error', lost);
    asking.end();
  });
}
