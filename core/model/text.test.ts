import { describe, expect, test } from 'vitest';
import { plainText } from './text.ts';

const accepts = (text: string) => plainText(1, 20).safeParse(text).success;

describe('plainText', () => {
  test('takes letters of any script, punctuation and spaces', () => {
    for (const text of ['Keeps values.', 'Schlüssel für ß', '鍵を守る', 'naïve – “x”'])
      expect(accepts(text)).toBe(true);
  });

  test.each([
    ['an escape sequence', '\u001b[2Jgranted'],
    ['a carriage return', 'reads all\rreads one'],
    ['a line feed', 'a\nb'],
    ['a backspace', 'a\bb'],
    ['a C1 control', 'a\u009b31m'],
    ['an override of the direction', 'a\u202eb'],
    ['a zero-width space', 'a\u200bb'],
    ['a line separator', 'a\u2028b'],
  ])('refuses %s, with which a line could show something else than it says', (_name, text) => {
    expect(accepts(text)).toBe(false);
  });

  test('keeps to its lengths', () => {
    expect([accepts(''), accepts('x'.repeat(20)), accepts('x'.repeat(21))]).toEqual([false, true, false]);
  });
});
