import { ERRORS, toGreenticError } from '@greentic/core';

/** Error codes of the OCI distribution specification 1.1, and the customary ones for limits and for our own mistakes. */
export type RefusalCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

/** What a client of the server is told, in the shape the specification gives errors. It never leaves the server as an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: RefusalCode;
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(
    status: number,
    code: RefusalCode,
    message: string,
    options: { detail?: Record<string, unknown>; headers?: Record<string, string | string[]>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }

  /** The body of the answer: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes */
  get body(): string {
    const { code, message, detail } = this;
    return JSON.stringify({ errors: [detail === undefined ? { code, message } : { code, message, detail }] });
  }
}

/**
 * Any thrown value as what a client is told. An error of the product keeps its code and hint in the detail; what nobody foresaw
 * is told without its message, which may name files of this machine.
 */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const { code, message, hint } = toGreenticError(thrown);
  if (code === 'internal/unforeseen')
    return new Refusal(500, 'UNKNOWN', 'The server failed; its log says how.', { cause: thrown });
  const status = ERRORS[code].http;
  const category = status === 403 ? 'DENIED' : 'UNSUPPORTED';
  return new Refusal(status, category, message, { detail: { code, message, hint }, cause: thrown });
}
