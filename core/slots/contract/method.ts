import * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';

/** What the host checks of one method: exact input, exact output, and the errors a pack may give. */
export interface MethodContract<I = unknown, O = unknown> {
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  readonly errors: readonly ErrorCode[];
  /** The optional feature that brings the method; undefined for the core. */
  readonly feature?: string;
}

/** The contract of every method of an interface; the compiler refuses a forgotten one. */
export type ContractOf<T> = {
  readonly [M in keyof T]: T[M] extends (input: infer I) => Promise<infer O> ? MethodContract<I, O> : never;
};

/** Nothing to tell. */
export const Nothing = z.strictObject({});

/** A customer's label, or `_env` for what belongs to the environment itself. */
export const Tenant = z.string().regex(/^(?:_env|[a-z][a-z0-9-]{0,39})$/);

/** Base64 of at most so many bytes. */
export function base64Of(maxBytes: number): z.ZodType<string> {
  return z
    .base64()
    .max(Math.ceil(maxBytes / 3) * 4)
    .refine((text) => Buffer.byteLength(text, 'base64') <= maxBytes, `must hold at most ${maxBytes} bytes`);
}

/** UTF-8 bytes of a text; lone surrogates cannot be stored and are refused. */
export function utf8Text(maxBytes: number, minBytes = 0): z.ZodType<string> {
  return z
    .string()
    .max(maxBytes)
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
    .refine((text) => within(text, minBytes, maxBytes), `must have ${minBytes} to ${maxBytes} bytes of UTF-8`);
}

function within(text: string, minBytes: number, maxBytes: number): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes >= minBytes && bytes <= maxBytes;
}
