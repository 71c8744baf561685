import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { World } from './testing/world.ts';

let world: World;
beforeAll(() => {
  world = World.start();
});
afterAll(() => world.end());

const LANGUAGE = [
  'AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView Date',
  'DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity Int16Array',
  'Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp',
  'Set String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array Uint32Array Uint8Array',
  'Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent escape',
  'eval globalThis isFinite isNaN parseFloat parseInt undefined unescape',
];
const WEB = [
  'AbortController AbortSignal Blob ByteLengthQueuingStrategy CountQueuingStrategy Crypto CryptoKey DOMException Event',
  'EventTarget Headers ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto TextDecoder TextEncoder',
  'TransformStream TransformStreamDefaultController URL URLSearchParams WritableStream WritableStreamDefaultController',
  'WritableStreamDefaultWriter atob btoa clearInterval clearTimeout console crypto fetch performance queueMicrotask self',
  'setInterval setTimeout structuredClone',
];
const words = (lines: string[]): string[] => lines.join(' ').split(' ');

describe('the world of a pack', () => {
  test('has the language, the web interfaces of this list, and nothing else', async () => {
    const names = (await world.evaluate('Object.getOwnPropertyNames(globalThis)')) as string[];
    const unknown = names.filter((name) => !words([...LANGUAGE, ...WEB]).includes(name));
    // `console` belongs to V8 and is replaced by ours.
    expect(unknown).toEqual([]);
    expect(words(WEB).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(['process', 'require', 'Buffer', 'module', 'global', '__greentic', 'importScripts', 'Deno', 'window'])(
    'has no %s',
    async (name) => {
      expect(await world.evaluate(`typeof ${name}`)).toBe('undefined');
    },
  );

  test('does not reach the host’s world through a constructor', async () => {
    for (const value of [
      'this',
      '(() => {})',
      'fetch',
      'crypto',
      'new URL("a:b")',
      '(async () => {})',
      'console.log',
    ]) {
      const attempt = `(() => { try { return ${value}.constructor.constructor('return process')(); } catch (e) { return e.name; } })()`;
      expect(await world.evaluate(attempt), value).toBe('ReferenceError');
    }
  });

  test('cannot import anything', async () => {
    const found = await world.evaluate("import('node:fs').then(() => 'imported', (error) => error.name)");
    expect(found).not.toBe('imported');
  });

  test('hides its globals from enumeration, and lets a pack replace them for itself', async () => {
    expect(await world.evaluate('Object.keys(globalThis)')).toEqual([]);
    const other = World.start();
    expect(await other.evaluate("globalThis.fetch = () => 'mine'; delete globalThis.URL; fetch() + typeof URL")).toBe(
      'mineundefined',
    );
    other.end();
  });

  test('shows the interfaces under their own names', async () => {
    for (const name of words(WEB).filter((name) => /^[A-Z]/.test(name))) {
      expect(await world.evaluate(`${name}.name`)).toBe(name);
    }
    expect(await world.evaluate('Object.prototype.toString.call(new Headers())')).toBe('[object Headers]');
    expect(await world.evaluate('fetch.name + self.fetch.name')).toBe('fetchfetch');
  });

  test('keeps its internals out of reach: no static or instance member leads to them', async () => {
    const statics = await world.evaluate(
      `[Event, Blob, Headers, Request, Response, CryptoKey, AbortSignal].flatMap((owner) =>
         Object.getOwnPropertyNames(owner).filter((name) => !['length', 'name', 'prototype'].includes(name))).sort()`,
    );
    expect(statics).toEqual(['abort', 'any', 'error', 'json', 'redirect', 'timeout']);
    expect(await world.evaluate('(() => { try { new CryptoKey(); } catch (e) { return e.name; } })()')).toBe(
      'TypeError',
    );
    expect(await world.evaluate('(() => { try { new AbortSignal(); } catch (e) { return e.name; } })()')).toBe(
      'TypeError',
    );
  });

  test.each([
    'new WebAssembly.Memory({ initial: 1 })',
    'new ArrayBuffer(1, { maxByteLength: 2 })',
    'new SharedArrayBuffer(1)',
    'new (new Uint8Array(1).buffer.constructor)(1, { maxByteLength: 2 })',
    'new ArrayBuffer.prototype.constructor(1, { maxByteLength: 2 })',
    'new (class extends ArrayBuffer {})(1, { maxByteLength: 2 })',
    'Reflect.construct(ArrayBuffer, [1, { maxByteLength: 2 }])',
    'Reflect.construct(ArrayBuffer, [1, { maxByteLength: 2 }], Object)',
    'new (Object.getPrototypeOf(class extends ArrayBuffer {}))(1, { get maxByteLength() { return 2; } })',
    'new ArrayBuffer[Symbol.species](1, { maxByteLength: 2 })',
  ])('%s is refused: the isolate’s memory limit would not count it', async (expression) => {
    const code = `(() => { try { ${expression}; return 'made'; } catch (error) { return error.name; } })()`;
    expect(await world.evaluate(code)).toMatch(/^(?:RangeError|ReferenceError)$/);
  });

  test('keeps buffers of a fixed length as they are', async () => {
    const code = `((Mine) => [new ArrayBuffer(3).byteLength, new Mine(4) instanceof Mine, new Mine(4).byteLength,
      new Uint8Array(2).buffer instanceof ArrayBuffer, new Uint8Array(2).buffer.constructor === ArrayBuffer,
      ArrayBuffer.isView(new DataView(new ArrayBuffer(1))), new Mine(4, {}).resizable, ArrayBuffer.name])(class extends ArrayBuffer {})`;
    expect(await world.evaluate(code)).toEqual([3, true, 4, true, true, true, false, 'ArrayBuffer']);
  });

  test('has a clock of whole milliseconds that does not go back', async () => {
    const [first, second] = (await world.evaluate('[performance.now(), performance.now()]')) as [number, number];
    expect(Number.isInteger(first) && first >= 0 && second >= first && second < 60_000).toBe(true);
  });

  test('shares nothing with another world of the same snapshot', async () => {
    const other = World.start();
    await world.evaluate('Headers.prototype.mark = 1; globalThis.mark = 1; undefined');
    expect(await other.evaluate('[typeof mark, Headers.prototype.mark]')).toEqual(['undefined', undefined]);
    await world.evaluate('delete Headers.prototype.mark; delete globalThis.mark; undefined');
    other.end();
  });
});
