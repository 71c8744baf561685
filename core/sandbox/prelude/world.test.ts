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
  'Set SharedArrayBuffer String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array',
  'Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI decodeURIComponent encodeURI encodeURIComponent escape',
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
      const escape = `(() => { try { return ${value}.constructor.constructor('return process')(); } catch (e) { return e.name; } })()`;
      expect(await world.evaluate(escape), value).toBe('ReferenceError');
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
