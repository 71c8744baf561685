import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fields, Refused } from './computation-fields.ts';

const fields = (record: object): Fields => Fields.decode(JSON.stringify(record));

describe('the fields of a request', () => {
  test.each(['null', '[]', '5', '"text"', 'true'])('are of an object: %s has none', (json) => {
    expect(() => Fields.decode(json)).toThrow(Refused);
  });

  test.each(['', '{', '{}}', "{'a':1}", 'undefined'])('are JSON: %j is refused', (json) => {
    expect(() => Fields.decode(json)).toThrow();
  });

  test('are exactly those named: one more is refused, and one less, unless it may be missing', () => {
    expect(() => fields({ op: 'x', a: 1 }).assertNames(['a', 'b?'])).not.toThrow();
    expect(() => fields({ op: 'x', a: 1, b: 2 }).assertNames(['a', 'b?'])).not.toThrow();
    expect(() => fields({ op: 'x', b: 2 }).assertNames(['a', 'b?'])).toThrow(Refused);
    expect(() => fields({ op: 'x', a: 1, c: 3 }).assertNames(['a', 'b?'])).toThrow(Refused);
    expect(() => Fields.decode('{"op":"x","a":1,"__proto__":2}').assertNames(['a'])).toThrow(Refused);
  });

  test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
    'are not the language’s own: %s is missing',
    (name) => {
      const none = fields({});
      expect(none.has(name)).toBe(false);
      expect(() => none.text(name, 10)).toThrow(Refused);
      expect(() => none.integer(name, 0, 10)).toThrow(Refused);
      expect(() => none.bytes(name, 10)).toThrow(Refused);
      expect(() => none.choice(name, ['a'])).toThrow(Refused);
    },
  );
});

describe('a text', () => {
  test.each([[5], [null], [true], [[]], [{}], [['a']]])('is not %j', (value) => {
    expect(() => fields({ a: value }).text('a', 10)).toThrow(Refused);
  });

  test('is bounded in code units', () => {
    expect(fields({ a: 'x'.repeat(10) }).text('a', 10)).toHaveLength(10);
    expect(() => fields({ a: 'x'.repeat(11) }).text('a', 10)).toThrow(Refused);
    expect(() => fields({ a: '\u{1F600}'.repeat(6) }).text('a', 10)).toThrow(Refused);
  });
});

describe('a choice', () => {
  test.each(['A', '', 'ab', 'toString', ' a', 'a '])('is one of the options, exactly: %j is none', (value) => {
    expect(() => fields({ a: value }).choice('a', ['a', 'b'])).toThrow(Refused);
  });

  test('is what it says', () => {
    expect(fields({ a: 'b' }).choice('a', ['a', 'b'])).toBe('b');
  });
});

describe('an integer', () => {
  test.each([[1.5], ['5'], [null], [true], [[5]], [{}]])('is not %j', (value) => {
    expect(() => fields({ a: value }).integer('a', 0, 10)).toThrow(Refused);
  });

  test('lies between its bounds, both included', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (value, one, other) => {
        const [min, max] = [Math.min(one, other), Math.max(one, other)];
        const read = () => fields({ a: value }).integer('a', min, max);
        if (value >= min && value <= max) expect(read()).toBe(value);
        else expect(read).toThrow(Refused);
      }),
    );
  });

  test('is no number that JSON reads as infinity', () => {
    expect(() => Fields.decode('{"a":1e999}').integer('a', 0, Number.MAX_VALUE)).toThrow(Refused);
  });
});

describe('bytes', () => {
  test('of any content and size within the bound come out as they went in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect([...fields({ a: text }).bytes('a', bytes.length)]).toEqual([...bytes]);
        if (bytes.length > 0) expect(() => fields({ a: text }).bytes('a', bytes.length - 1)).toThrow(Refused);
      }),
    );
  });

  test('have one spelling: any text that is not the canonical one is refused', () => {
    const unit = fc.constantFrom(...'AQgw/+-_= \n');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 9 }), (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text;
        const read = () => fields({ a: text }).bytes('a', 100);
        if (canonical) expect(read).not.toThrow();
        else expect(read).toThrow(Refused);
      }),
      { numRuns: 300 },
    );
  });

  test.each([0, 31, 33, 64])('of exactly 32 are not %i', (size) => {
    expect(() => fields({ a: Buffer.alloc(size).toString('base64') }).exactly('a', 32)).toThrow(Refused);
    expect(fields({ a: Buffer.alloc(32).toString('base64') }).exactly('a', 32)).toHaveLength(32);
  });
});
