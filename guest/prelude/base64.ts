import { DOMException } from './dom-exception.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CHUNK = 6144;

const codes = Uint8Array.from(ALPHABET, (c) => c.charCodeAt(0));
const values = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) values[codes[i] ?? 0] = i;

/** Base64 of bytes, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  const units = new Uint8Array((CHUNK / 3) * 4);
  for (let start = 0; start < bytes.length; start += CHUNK) {
    const end = Math.min(start + CHUNK, bytes.length);
    let at = 0;
    for (let i = start; i < end; i += 3) {
      const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      units[at++] = codes[word >> 18] ?? 0;
      units[at++] = codes[(word >> 12) & 63] ?? 0;
      units[at++] = i + 1 < end ? (codes[(word >> 6) & 63] ?? 0) : 0x3d;
      units[at++] = i + 2 < end ? (codes[word & 63] ?? 0) : 0x3d;
    }
    text += String.fromCharCode.apply(null, units.subarray(0, at) as unknown as number[]);
  }
  return text;
}

/**
 * Bytes of base64 text by the Infra standard's forgiving rules: ASCII whitespace is skipped and padding may be missing.
 * Undefined when the text is none.
 */
export function decodeBase64(source: string): Uint8Array<ArrayBuffer> | undefined {
  let text = /[\t\n\f\r ]/.test(source) ? source.replace(/[\t\n\f\r ]+/g, '') : source;
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let word = 0;
  for (let i = 0; i < text.length; i++) {
    const value = values[text.charCodeAt(i)] ?? -1;
    if (value < 0) return undefined;
    word = (word << 6) | value;
    if (i % 4 === 3) {
      bytes[at++] = word >> 16;
      bytes[at++] = word >> 8;
      bytes[at++] = word;
      word = 0;
    }
  }
  const rest = text.length % 4;
  if (rest === 3) {
    bytes[at++] = word >> 10;
    bytes[at++] = word >> 2;
  } else if (rest === 2) bytes[at++] = word >> 4;
  return bytes;
}

/** As in the HTML standard. */
export function btoa(data: string): string {
  const text = `${data}`;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) throw new DOMException('A character is outside Latin-1.', 'InvalidCharacterError');
    bytes[i] = unit;
  }
  return encodeBase64(bytes);
}

/** As in the HTML standard. */
export function atob(data: string): string {
  const bytes = decodeBase64(`${data}`);
  if (bytes === undefined) throw new DOMException('The text is not base64.', 'InvalidCharacterError');
  let text = '';
  for (let i = 0; i < bytes.length; i += CHUNK) {
    text += String.fromCharCode.apply(null, bytes.subarray(i, i + CHUNK) as unknown as number[]);
  }
  return text;
}
