import { ENVIRONMENT_ERRORS } from './errors/environment-errors.ts';
import type { ErrorInfo } from './errors/error-info.ts';
import { PACK_ERRORS } from './errors/pack-errors.ts';
import { RUNTIME_ERRORS } from './errors/runtime-errors.ts';
import { TRUST_ERRORS } from './errors/trust-errors.ts';

export type { ErrorInfo };

/** Every error this product can give, by its code. Codes never change meaning; messages may. */
export const ERRORS = {
  ...PACK_ERRORS,
  ...TRUST_ERRORS,
  ...ENVIRONMENT_ERRORS,
  ...RUNTIME_ERRORS,
} as const satisfies Record<string, ErrorInfo>;

/** A stable name of one thing that can go wrong. */
export type ErrorCode = keyof typeof ERRORS;

/** An error as data: what crosses walls, goes to the audit and is printed with --json. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class. Tell errors apart by `code`, never by class or message. */
export class GreenticError extends Error {
  override readonly name = 'GreenticError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: ErrorCode,
    message?: string,
    options: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message ?? ERRORS[code].summary, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.details = options.details;
  }

  /** The error without stack and cause: safe to print, store and send. */
  toData(): ErrorData {
    const data = { code: this.code, message: this.message, hint: this.hint };
    return this.details === undefined ? data : { ...data, details: this.details };
  }
}

/** Whether a string is a code of the table. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** Whether a thrown value is ours and, when codes are given, has one of them. */
export function isGreenticError(value: unknown, ...codes: ErrorCode[]): value is GreenticError {
  return value instanceof GreenticError && (codes.length === 0 || codes.includes(value.code));
}

/** Any thrown value as one of ours; a foreign one becomes `internal/unforeseen` and keeps its cause. */
export function toGreenticError(value: unknown): GreenticError {
  if (value instanceof GreenticError) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new GreenticError('internal/unforeseen', message, { cause: value });
}
