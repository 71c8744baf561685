import { decodeBase64, encodeBase64 } from './base64.ts';
import { ask } from './channel.ts';
import { DOMException } from './dom-exception.ts';

type Field = string | number | Uint8Array;

/** Asks for a computation over bytes. Throws the refusal as the error it names. */
export function computeFields(op: string, fields: Readonly<Record<string, Field>>): Readonly<Record<string, unknown>> {
  const request: Record<string, string | number> & { op: string } = { op };
  for (const [name, value] of Object.entries(fields))
    request[name] = value instanceof Uint8Array ? encodeBase64(value) : value;
  const answer = ask<Record<string, unknown>>(request);
  const { error } = answer;
  if (error === undefined) return answer;
  if (error.name === 'TypeError') throw new TypeError(error.message);
  throw new DOMException(error.message, error.name);
}

/** Asks for a computation that gives bytes. */
export function computeBytes(op: string, fields: Readonly<Record<string, Field>>): Uint8Array<ArrayBuffer> {
  return decodeBase64(String(computeFields(op, fields)['data'])) ?? new Uint8Array();
}
