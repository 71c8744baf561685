import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeLine, LineDecoder } from './line.ts';

/** The chunks of a text, cut at the places given. */
function chunksOf(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.byteLength + 1)).sort((a, b) => a - b), bytes.byteLength];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

describe('lines', () => {
  test('come out as they went in, however the stream is cut', () => {
    const messages = fc.array(fc.jsonValue(), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 6 }), (values, cuts) => {
        const decoder = new LineDecoder(2 ** 20, 'refuse');
        const lines = chunksOf(values.map(encodeLine).join(''), cuts).flatMap((chunk) => decoder.push(chunk));
        expect(lines).toEqual(values.map((value) => JSON.stringify(value)));
        expect(decoder.flush()).toBe('');
      }),
    );
  });

  test('longer than the limit are refused, also when they never end', () => {
    expect(() => new LineDecoder(4, 'refuse').push(Buffer.from('12345'))).toThrow(RangeError);
    const slow = new LineDecoder(4, 'refuse');
    slow.push(Buffer.from('123'));
    expect(() => slow.push(Buffer.from('45'))).toThrow(RangeError);
    expect(new LineDecoder(4, 'refuse').push(Buffer.from('1234\n'))).toEqual(['1234']);
  });

  test('longer than the limit are cut into pieces of it, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{0,40}$/), fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        const decoder = new LineDecoder(5, 'cut');
        const lines = chunksOf(`${text}\n`, cuts).flatMap((chunk) => decoder.push(chunk));
        expect(lines.join('')).toBe(text);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(5);
      }),
    );
  });
});
