import { GreenticError } from '@greentic/core';

/** A connection that broke: the same request may be made again. */
export class BrokenConnection extends Error {
  override readonly name = 'BrokenConnection';
}

const TRANSIENT = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);

const CERTIFICATE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH$)/;

const MALFORMED = new Set(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);

/** What a failed request means: a broken connection, or one of our errors. */
export function requestFailure(error: unknown, host: string, signal: AbortSignal | undefined): Error {
  if (error instanceof GreenticError || error instanceof BrokenConnection) return error;
  if (signal?.aborted) return new GreenticError('call/cancelled', `The request to ${host} was cancelled.`);
  const { name, code: found } = innermost(error);
  const code = typeof found === 'string' ? found : '';
  if (name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
    return new GreenticError('registry/unreachable', `${host} did not answer in time.`, { cause: error });
  if (CERTIFICATE.test(code))
    return new GreenticError('registry/tls', `The certificate of ${host} is refused: ${code}.`, { cause: error });
  if (name === 'HTTPParserError' || MALFORMED.has(code))
    return new GreenticError('registry/protocol', `${host} does not speak HTTP as it should${code && `: ${code}`}.`, {
      cause: error,
    });
  if (TRANSIENT.has(code)) return new BrokenConnection(`${host} cannot be reached: ${code}.`, { cause: error });
  return new GreenticError('registry/unreachable', `${host} cannot be reached${code && `: ${code}`}.`, {
    cause: error,
  });
}

/** The error of the system beneath those that wrap it. */
function innermost(error: unknown): { name?: string; code?: unknown } {
  let inner = error as { name?: string; code?: unknown; cause?: unknown; errors?: unknown[] };
  for (let depth = 0; depth < 8; depth++) {
    const next = inner.cause ?? inner.errors?.[0];
    if (typeof next !== 'object' || next === null) break;
    inner = next as typeof inner;
  }
  return inner;
}

/** What an answer that is no success means. */
export function statusFailure(status: number, what: string, host: string, reason: string): GreenticError {
  const told = `${host} answered ${status}${reason && ` ${reason}`} to ${what}`;
  if (status === 401 || status === 403)
    return new GreenticError('registry/access-denied', `${told}.`, {
      hint: `Log in to exactly this host (docker login ${host}), with an account that may do this.`,
    });
  if (status === 429) return new GreenticError('registry/rate-limited', `${told}.`);
  if (status === 408 || status >= 500) return new GreenticError('registry/unreachable', `${told}.`);
  return new GreenticError('registry/protocol', `${told}.`);
}
