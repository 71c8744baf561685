import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatLine, inspect } from './inspection.ts';

const hostile = (make: string): unknown => new Function(`return ${make};`)();

describe('a value that resists being shown', () => {
  test.each([
    '{ get a() { throw 1; } }',
    'new Proxy({}, { ownKeys() { throw 1; } })',
    "new Proxy({}, { get() { throw 1; }, ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) })",
    'new Proxy([], { get() { throw 1; } })',
    "Object.defineProperty(() => 1, 'name', { get() { throw 1; } })",
    "Object.defineProperty(() => 1, 'name', { value: Symbol('x') })",
    "Object.defineProperty(new Error('x'), 'stack', { get() { throw 1; } })",
    "Object.defineProperty(new Error('x'), 'stack', { value: Symbol('x') })",
    "Object.defineProperty(new Error('x'), 'stack', { value: { toString() { throw 1; } } })",
    'Object.assign(new Map(), { [Symbol.iterator]() { throw 1; } })',
    "Object.defineProperty(new Uint8Array(1), 'constructor', { value: null })",
    'Object.assign(Object.create(RegExp.prototype), {})',
    'Object.create(Date.prototype)',
  ])('is named and no more: %s', (make) => {
    expect(formatLine([hostile(make)])).toBe('[unreadable]');
    expect(formatLine(['before', hostile(make), 'after'])).toBe('before [unreadable] after');
  });

  test('never becomes anything but a text', () => {
    for (const stack of ['5', '{ length: 3 }', '[]', 'null', 'undefined', "''", 'true']) {
      const line = formatLine([hostile(`Object.defineProperty(new Error('m'), 'stack', { value: ${stack} })`)]);
      expect(typeof line, stack).toBe('string');
    }
  });

  test('of any shape gives a text of at most 8 KiB, and no exception', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.anything({
            withBigInt: true,
            withDate: true,
            withMap: true,
            withSet: true,
            withTypedArray: true,
            withSparseArray: true,
            withNullPrototype: true,
          }),
          { maxLength: 4 },
        ),
        (values) => {
          expect(Buffer.byteLength(formatLine(values))).toBeLessThanOrEqual(8192);
        },
      ),
    );
  });
});

describe('what is shown', () => {
  test.each([
    ["{ a: 1, b: 'x', c: [1, 'y'] }", '{ a: 1, b: "x", c: [1, "y"] }'],
    ['new Map([[{ k: 1 }, new Set([1])]])', 'Map {{ k: 1 } => Set {1}}'],
    ['Object.create(null)', '{}'],
    ['[undefined, null, NaN, -0, 1n, true]', '[undefined, null, NaN, 0, 1n, true]'],
    ["Symbol('s')", 'Symbol(s)'],
    ['[,1]', '[undefined, 1]'],
    ['((a) => { a.push([a]); return a; })([])', '[[[circular]]]'],
    ['((o) => [o, o])({})', '[{}, {}]'],
    ['{ a: { b: { c: { d: {} } } } }', '{ a: { b: { c: { d: {…} } } } }'],
    ['new DataView(new ArrayBuffer(3))', '[DataView of 3 bytes]'],
    ['JSON.parse(\'{"__proto__":1}\')', '{ __proto__: 1 }'],
    ['class Named {}', '[function Named]'],
    ['async () => 1', '[function (anonymous)]'],
  ])('of %s is %s', (make, text) => {
    expect(inspect(hostile(make.startsWith('{') ? `(${make})` : make))).toBe(text);
  });

  test('of many entries is the first 64', () => {
    for (const make of [
      'Array(1000).fill(7)',
      'new Set(Array(1000).keys())',
      'new Map(Array(1000).entries())',
      '({ ...Array(1000).fill(7) })',
    ]) {
      const text = inspect(hostile(make));
      expect(text.endsWith('…]') || text.endsWith('…}') || text.endsWith('… }'), make).toBe(true);
      expect(text.split(',')).toHaveLength(65);
    }
  });

  test('is cut at a whole character, within 8 KiB, wherever the limit falls', () => {
    for (const unit of ['x', 'é', '€', '\u{1F600}']) {
      for (let lead = 0; lead < 4; lead++) {
        const line = formatLine([`${'x'.repeat(lead)}${unit.repeat(9000)}`]);
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(8192);
        expect(line.endsWith('…')).toBe(true);
      }
    }
  });

  test('stops at the limit: later values are not even looked at', () => {
    let looked = false;
    const spy = {
      get a() {
        looked = true;
        return 1;
      },
    };
    formatLine(['x'.repeat(10_000), spy]);
    expect(looked).toBe(false);
  });
});
