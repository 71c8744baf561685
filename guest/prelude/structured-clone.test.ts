import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bothWorlds } from './testing/both-worlds.ts';
import { World } from './testing/world.ts';

let world: World;
beforeAll(() => {
  world = World.start();
});
afterAll(() => world.end());

async function agree(expression: string): Promise<void> {
  const { ours, nodes } = await bothWorlds(world, expression);
  expect(ours, expression).toEqual(nodes);
}

describe('structuredClone', () => {
  test.each([
    '1',
    'null',
    'undefined',
    "'text'",
    '10n',
    'NaN',
    '-0',
    'new Date(5)',
    'new Date(NaN)',
    'Object(1)',
    "Object('text')",
    'Object(true)',
    'Object(1n)',
    '[1, , 3]',
    "Object.assign([1], { extra: 'x' })",
    '{ a: { b: [1, { c: 2 }] }, u: undefined }',
    'new Map([[{ k: 1 }, new Set([1, [2]])]])',
    'new Uint8Array([1, 2, 3]).subarray(1)',
    'new Float64Array([1.5, NaN])',
    'new BigInt64Array([1n])',
    'new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1)',
    'new Uint8Array([1, 2]).buffer',
    'Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } })',
    'new (class Point { x = 1; get y() { return 2; } })()',
    "{ get computed() { return 'got'; } }",
    "{ ['__proto__']: 1 }",
  ])('copies %s as Node does', async (value) => {
    await agree(`structuredClone(${value})`);
  });

  test('keeps cycles, shared parts, kinds and flags', async () => {
    await agree(
      '((a) => { a.self = a; a.twice = [a.one = {}, a.one]; const b = structuredClone(a); return [b.self === b, b !== a, b.twice[0] === b.twice[1], b.one === b.twice[0]]; })({})',
    );
    await agree(
      '((b) => { const c = structuredClone([new Uint8Array(b, 1), new Uint16Array(b)]); return [c[0].buffer === c[1].buffer, c[0].byteOffset, c[1].length]; })(new ArrayBuffer(4))',
    );
    await agree('((r) => [r.source, r.flags, r.lastIndex])(structuredClone(Object.assign(/a+/giu, { lastIndex: 3 })))');
    await agree("((m) => m.get('self') === m)(structuredClone(((m) => m.set('self', m))(new Map())))");
    await agree("'k' in structuredClone([, 1]) || 0 in structuredClone([, 1])");
  });

  test('copies errors with name, message and cause, and without what a class added', async () => {
    for (const error of [
      "new TypeError('m', { cause: { a: 1 } })",
      'new Error()',
      "Object.assign(new Error('m'), { code: 1, name: 'Odd' })",
      "new (class Mine extends RangeError {})('m')",
      "new AggregateError([1], 'm')",
    ]) {
      await agree(
        `((e) => [e instanceof Error, e.name, e.message, e.cause, e.code, Object.hasOwn(e, 'message'), Object.getPrototypeOf(e) === globalThis[e.name].prototype])(structuredClone(${error}))`,
      );
    }
    await agree(
      "((e) => [e instanceof DOMException, e.name, e.message, e.code])(structuredClone(new DOMException('m', 'AbortError')))",
    );
  });

  test.each([
    '() => 1',
    "Symbol('s')",
    '{ deep: [() => 1] }',
    'new WeakMap()',
    'new WeakSet()',
    'Promise.resolve()',
    'structuredClone',
    'new Map([[1, Symbol()]])',
  ])('refuses %s', async (value) => {
    await agree(`structuredClone(${value})`);
    await agree(
      `(() => { try { structuredClone(${value}); } catch (e) { return [e instanceof DOMException, e.name, e.code]; } })()`,
    );
  });

  test('moves buffers', async () => {
    await agree(
      '((b) => { const c = structuredClone({ b, v: new Uint8Array(b) }, { transfer: [b] }); return [b.byteLength, b.detached, c.b.byteLength, c.v.buffer === c.b, c.v[0]]; })(new Uint8Array([7, 8]).buffer)',
    );
    await agree('structuredClone(1, { transfer: [{}] })');
    await agree('((b) => { structuredClone(b, { transfer: [b] }); structuredClone(b); })(new ArrayBuffer(1))');
    await agree(
      '((b) => { structuredClone(b, { transfer: [b] }); structuredClone(1, { transfer: [b] }); })(new ArrayBuffer(1))',
    );
    await agree(
      '((b) => { try { structuredClone([b, () => 1], { transfer: [b] }); } catch { return b.byteLength; } })(new ArrayBuffer(3))',
    );
  });

  test('copies any data as Node does', async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    await fc.assert(
      fc.asyncProperty(value, (data) => agree(`structuredClone(JSON.parse(${JSON.stringify(JSON.stringify(data))}))`)),
      { numRuns: 100 },
    );
  });
});
