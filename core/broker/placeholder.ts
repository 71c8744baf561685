import { GreenticError } from '../errors.ts';

/** A secret the broker fills in for a pack: the text that stands for it, and the value. */
export interface Placeholder {
  readonly binding: string;
  /** The http binding whose requests may carry it. */
  readonly towards: string;
  readonly text: string;
  readonly value: Uint8Array;
}

const MARK = /__secret_[a-z0-9-]+_[0-9a-f]{32}__/;

/** The text that stands for a secret; `nonce` is 32 hex digits, new for each opening of a pack. */
export function placeholderText(binding: string, nonce: string): string {
  return `__secret_${binding}_${nonce}__`;
}

/**
 * Replaces placeholders of one destination by their values. Throws `permission/denied` when the text holds a placeholder
 * of another destination: it would go out as it stands, and show that there is a secret.
 */
export function fillIn(bytes: Buffer, placeholders: readonly Placeholder[], binding: string): Buffer {
  let filled = bytes;
  for (const { towards, text, value } of placeholders) {
    if (towards === binding) filled = replaceAll(filled, Buffer.from(text), Buffer.from(value));
  }
  const rest = MARK.exec(filled.toString('latin1'));
  if (rest === null) return filled;
  throw new GreenticError('permission/denied', `The request carries a secret that is not granted towards ${binding}.`);
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Replaces each secret, plain or in base64, by the text that stands for it: a server may echo what it was sent. Secrets that
 * overlap are found on their own and go together, so that none leaves an end of another behind.
 */
export function redact(bytes: Buffer, placeholders: readonly Placeholder[]): Buffer {
  const spans = placeholders.flatMap(({ text, value }) => formsOf(value).flatMap((form) => spansOf(bytes, form, text)));
  if (spans.length === 0) return bytes;
  const parts: Buffer[] = [];
  let end = 0;
  for (const span of spans.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (span.start >= end) parts.push(bytes.subarray(end, span.start), Buffer.from(span.text));
    end = Math.max(end, span.end);
  }
  return Buffer.concat([...parts, bytes.subarray(end)]);
}

function formsOf(value: Uint8Array): Buffer[] {
  const plain = Buffer.from(value);
  const base64 = plain.toString('base64');
  const forms = [base64, base64.replace(/=+$/, ''), plain.toString('base64url')].map((form) => Buffer.from(form));
  return plain.byteLength === 0 ? [] : [plain, ...forms];
}

function spansOf(bytes: Buffer, form: Buffer, text: string): Span[] {
  const spans: Span[] = [];
  for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) {
    spans.push({ start: at, end: at + form.byteLength, text });
  }
  return spans;
}

function replaceAll(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, start)) {
    parts.push(bytes.subarray(start, at), to);
    start = at + from.byteLength;
  }
  return parts.length === 0 ? bytes : Buffer.concat([...parts, bytes.subarray(start)]);
}
