/** UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3);
  return bytes.slice(0, write(text, bytes).written);
}

function write(text: string, bytes: Uint8Array): { read: number; written: number } {
  let at = 0;
  let i = 0;
  while (i < text.length) {
    let point = text.charCodeAt(i);
    let units = 1;
    if (point >= 0xd800 && point <= 0xdfff) {
      const low = point < 0xdc00 ? text.charCodeAt(i + 1) : Number.NaN;
      if (low >= 0xdc00 && low <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        units = 2;
      } else point = 0xfffd;
    }
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (at + size > bytes.length) break;
    if (size === 1) bytes[at++] = point;
    else {
      // The lead byte has as many high bits as there are bytes; six bits follow in each of the others.
      bytes[at++] = (0xf00 >> size) | (point >> (6 * (size - 1)));
      for (let left = size - 2; left >= 0; left--) bytes[at++] = 0x80 | ((point >> (6 * left)) & 0x3f);
    }
    i += units;
  }
  return { read: i, written: at };
}

/** As in the Encoding standard. */
export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(text = ''): Uint8Array<ArrayBuffer> {
    return encodeUtf8(`${text}`);
  }

  /** Writes as many whole characters as there is room for. */
  encodeInto(text: string, bytes: Uint8Array): { read: number; written: number } {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('The destination must be a Uint8Array.');
    return write(`${text}`, bytes);
  }

  get [Symbol.toStringTag](): string {
    return 'TextEncoder';
  }
}
