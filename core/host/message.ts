import * as z from 'zod';
import { ERRORS, type ErrorCode, GreenticError, isErrorCode } from '../errors.ts';
import { decode, parseJson } from '../json.ts';

const id = z.int().min(0);

const WireError = z.strictObject({
  code: z.string().max(64).exactOptional(),
  message: z.string().max(8192),
  details: z.record(z.string(), z.unknown()).exactOptional(),
});

/** What comes out of a sandbox: hostile until decoded. */
const PackMessage = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('call'), id, port: z.string().max(32), method: z.string().max(32), args: z.unknown() }),
  z.strictObject({ t: z.literal('cancel'), id }),
  /** Something for the log. */
  z.strictObject({ t: z.literal('note'), message: z.string().max(8192) }),
  z.discriminatedUnion('ok', [
    z.strictObject({ t: z.literal('reply'), id, ok: z.literal(true), value: z.unknown() }),
    z.strictObject({ t: z.literal('reply'), id, ok: z.literal(false), error: WireError }),
  ]),
]);
export type PackMessage = z.infer<typeof PackMessage>;

/** Decodes a message of a sandbox. Throws `pack/protocol`. */
export function decodePackMessage(text: string, maxBytes: number): PackMessage {
  return decode(
    PackMessage,
    parseJson(text, { maxBytes, code: 'pack/protocol' }),
    'pack/protocol',
    'The pack’s message',
  );
}

/**
 * The error a pack gave, if its contract lets it give that one; any other is the pack's failure. A pack cannot speak with
 * the host's voice: codes of trust, permission or limits mean the host found out, never that a pack said so.
 */
export function errorOfPack(error: z.infer<typeof WireError>, allowed: readonly ErrorCode[]): GreenticError {
  const { code, message, details } = error;
  const options = details === undefined ? {} : { details };
  if (isErrorCode(code) && allowed.includes(code))
    return new GreenticError(code, message || ERRORS[code].summary, options);
  return new GreenticError('pack/failed', code === undefined ? message : `${message} (${code})`, options);
}
