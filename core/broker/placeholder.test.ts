import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillIn, type Placeholder, placeholderText, redact } from './placeholder.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const NONCE = '0123456789abcdef'.repeat(2);

function placeholderOf(binding: string, value: string | Uint8Array, towards = 'api'): Placeholder {
  return { binding, towards, text: placeholderText(binding, NONCE), value: Buffer.from(value as Uint8Array) };
}

const filled = (text: string, placeholders: readonly Placeholder[]) =>
  fillIn(Buffer.from(text), placeholders, 'api').toString();
const redacted = (text: string, placeholders: readonly Placeholder[]) =>
  redact(Buffer.from(text), placeholders).toString();

describe('filling in', () => {
  const token = placeholderOf('token', 's3cret');

  test('puts the value in place of each placeholder of the destination', () => {
    expect(filled(`a ${token.text} b${token.text}${token.text}`, [token])).toBe('a s3cret bs3crets3cret');
  });

  test('keeps bytes that are no text, around the placeholder and in the value', () => {
    const value = Buffer.from([0, 255, 254, 10, 13]);
    const noise = Buffer.from([255, 0, 128]);
    const body = Buffer.concat([noise, Buffer.from(token.text), noise]);
    expect(fillIn(body, [placeholderOf('token', value)], 'api')).toEqual(Buffer.concat([noise, value, noise]));
  });

  test.each([
    [
      'granted towards another destination',
      placeholderOf('token', 's3cret', 'other').text,
      [placeholderOf('token', 's3cret', 'other')],
    ],
    ['of an earlier opening', placeholderText('token', 'f'.repeat(32)), [token]],
    ['of a binding without a grant', placeholderText('unknown', NONCE), [token]],
    ['with no grant at all', token.text, []],
  ])('a placeholder %s is refused with permission/denied', (_, text, placeholders) => {
    expect(() => filled(`x${text}y`, placeholders)).toThrow(code('permission/denied'));
  });

  test('the refusal names neither the value nor the placeholder', () => {
    const foreign = placeholderOf('token', 's3cret', 'other');
    expect(() => filled(foreign.text, [foreign])).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/s3cret|__secret_/) }),
    );
  });

  test('a value that reads like a placeholder is refused, not filled in a second time', () => {
    const inner = placeholderOf('inner', 'deep');
    const outer = placeholderOf('outer', inner.text);
    expect(() => filled(outer.text, [inner, outer])).toThrow(code('permission/denied'));
  });

  test('what only resembles a placeholder goes out as it stands', () => {
    for (const text of ['__secret_token__', `__secret_token_${NONCE.slice(1)}__`, `_secret_token_${NONCE}_`]) {
      expect(filled(text, [token])).toBe(text);
    }
  });
});

describe('redacting', () => {
  test.each([
    ['plain', (value: Buffer) => value.toString()],
    ['in base64', (value: Buffer) => value.toString('base64')],
    ['in base64 without padding', (value: Buffer) => value.toString('base64').replace(/=+$/, '')],
    ['in the base64 of URLs', (value: Buffer) => value.toString('base64url')],
  ])('takes a secret out that comes back %s', (_, encode) => {
    for (const value of ['pa?>ss', 'pa?>s', 'pa?>', 'ÿÿþ~~~']) {
      const secret = placeholderOf('token', value);
      expect(redacted(`<${encode(Buffer.from(value))}>`, [secret]).replace(/=+>$/, '>')).toBe(`<${secret.text}>`);
    }
  });

  test('a secret that begins another leaves no end of it behind, in whichever order they are granted', () => {
    const [short, long] = [placeholderOf('short', 'abcdef'), placeholderOf('long', 'abcdef-ghi')];
    for (const placeholders of [
      [short, long],
      [long, short],
    ]) {
      expect(redacted('<abcdef-ghi> <abcdef>', placeholders)).toBe(`<${long.text}> <${short.text}>`);
    }
  });

  test('secrets that overlap go together', () => {
    const [left, right] = [placeholderOf('left', 'one-two'), placeholderOf('right', 'two-three')];
    expect(redacted('<one-two-three>', [left, right])).toBe(`<${left.text}>`);
    expect(redacted('<abababa>', [placeholderOf('own', 'aba')])).toBe(`<${placeholderText('own', NONCE)}>`);
  });

  test('a secret that is a part of a placeholder’s text does not break that text', () => {
    const [word, token] = [placeholderOf('word', 'secret'), placeholderOf('token', 'hunter2')];
    expect(redacted('hunter2', [token, word])).toBe(token.text);
  });

  test('an empty secret changes nothing', () => {
    expect(redacted('text', [placeholderOf('empty', '')])).toBe('text');
  });

  test('after filling in gives back what was there, when it held no secret', () => {
    const secret = fc.stringMatching(/^[A-Z0-9]{6,12}$/);
    const prose = fc.stringMatching(/^[g-y .]{0,8}$/);
    const scene = fc.tuple(secret, secret).filter(([a, b]) => !a.includes(b) && !b.includes(a));
    fc.assert(
      fc.property(scene, fc.array(fc.tuple(prose, fc.boolean()), { maxLength: 8 }), ([a, b], pieces) => {
        const placeholders = [placeholderOf('a', `${a}!`), placeholderOf('b', `${b}!`)] as const;
        const text = pieces.map(([words, first]) => words + placeholders[first ? 0 : 1].text).join('');
        const sent = filled(text, placeholders);
        expect(sent).not.toContain('__secret_');
        expect(redacted(sent, placeholders)).toBe(text);
      }),
    );
  });

  test('keeps every byte outside the secrets and none of theirs, however they overlap', () => {
    const bytes = (max: number) =>
      fc.array(fc.constantFrom(0, 97, 98, 255), { maxLength: max }).map((each) => Buffer.from(each));
    fc.assert(
      fc.property(bytes(24), fc.array(bytes(4), { maxLength: 3 }), (body, values) => {
        const placeholders = values.map((value, index) => placeholderOf(`s${index}`, value));
        const hidden = new Set<number>();
        for (const value of values.filter((each) => each.byteLength > 0)) {
          const forms = [value, Buffer.from(value.toString('base64')), Buffer.from(value.toString('base64url'))];
          for (const form of forms) {
            for (let at = 0; at + form.byteLength <= body.byteLength; at++) {
              if (!body.subarray(at, at + form.byteLength).equals(form)) continue;
              for (let i = at; i < at + form.byteLength; i++) hidden.add(i);
            }
          }
        }
        const rest = redact(body, placeholders)
          .toString('latin1')
          .replaceAll(/__secret_s\d_[0-9a-f]{32}__/g, '');
        expect(rest).toBe(Buffer.from(body.filter((_, index) => !hidden.has(index))).toString('latin1'));
      }),
      { numRuns: 300 },
    );
  });
});
