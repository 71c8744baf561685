import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = World.start();
});
afterEach(() => world.end());

async function logged(args: string, level = 'log'): Promise<unknown> {
  await world.evaluate(`console.${level}(${args}); undefined`);
  const line = world.sent.at(-1) as unknown as { port: string; method: string; args: { message: string } };
  expect([line.port, line.method]).toEqual(['console', 'write']);
  return line.args.message;
}

describe('console', () => {
  test.each([
    ['debug', 'debug'],
    ['log', 'info'],
    ['info', 'info'],
    ['warn', 'warn'],
    ['error', 'error'],
  ])('%s writes a line of level %s', async (method, level) => {
    await world.evaluate(`console.${method}('x'); undefined`);
    expect(world.sent.at(-1)).toMatchObject({
      t: 'call',
      port: 'console',
      method: 'write',
      args: { level, message: 'x' },
    });
  });

  test.each([
    ["'a', 1, null, undefined, true, 2n, Symbol('s')", 'a 1 null undefined true 2n Symbol(s)'],
    ["{ a: 1, b: ['x', { c: null }] }", '{ a: 1, b: ["x", { c: null }] }'],
    ['{}, []', '{} []'],
    ["new Map([[1, { a: 2 }]]), new Set(['x'])", 'Map {1 => { a: 2 }} Set {"x"}'],
    ['new Date(0), new Date(NaN), /a/g', '1970-01-01T00:00:00.000Z Invalid Date /a/g'],
    ['new Uint8Array(5)', '[Uint8Array of 5 bytes]'],
    ['function named() {}, () => 1', '[function named] [function (anonymous)]'],
    ['((a) => { a.a = a; return a; })({})', '{ a: [circular] }'],
    ['[[[[[1]]]]]', '[[[[[…]]]]]'],
    ["{ get a() { throw new Error('no'); } }", '[unreadable]'],
    ['new Proxy({}, { ownKeys() { throw 1; } })', '[unreadable]'],
    ["Object.create({ toString() { return 'hidden'; } })", '{}'],
    ['', ''],
  ])('shows %s', async (args, message) => {
    expect(await logged(args)).toBe(message);
  });

  test('shows an error with its stack', async () => {
    expect(await logged("new RangeError('far')")).toMatch(/^RangeError: far\n +at /);
  });

  test.each([
    "'x'.repeat(1e6)",
    "'é'.repeat(1e5)",
    "'😀'.repeat(1e5)",
    'Array(1e5).fill("x".repeat(100))',
    "...Array(1e4).fill('word')",
    'Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => ["k" + i, "v".repeat(500)]))',
    'new Error("x".repeat(1e6))',
  ])('bounds %s to 8 KiB', async (args) => {
    const message = String(await logged(args));
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8192);
    expect(Buffer.byteLength(message)).toBeGreaterThan(4000);
  });

  test('any text of at most 2 KiB is shown as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        expect(await logged(JSON.stringify(text))).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});
