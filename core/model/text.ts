import * as z from 'zod';

/**
 * Text that a stranger wrote and a person reads: of these lengths, without control and formatting characters, with which a
 * line on a terminal could show something else than it says.
 */
export function plainText(minLength: number, maxLength: number): z.ZodType<string> {
  return z
    .string()
    .min(minLength)
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'must not have control or formatting characters');
}
