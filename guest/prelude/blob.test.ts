import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();

describe('Blob', () => {
  test.each([
    '',
    '[]',
    "['a', 'é', '\\ud800']",
    "[new Uint8Array([104, 105]), 'x']",
    '[new Uint16Array([0x4142])]',
    '[new Uint8Array([104, 105, 106]).subarray(1).buffer]',
    '[new DataView(new Uint8Array([65, 66, 67]).buffer, 1, 1)]',
    "[new Blob(['in']), 'out']",
    'new Set(["a", "b"])',
    '[undefined, null, true, 5, {}]',
    '[{ toString: () => "own" }]',
    'null',
    '5',
    "'text'",
    '{}',
    '[Symbol()]',
    '[{ toString() { throw new RangeError(); } }]',
  ])('of %s holds the bytes it holds in Node', async (parts) => {
    await agree(`((b) => b.text().then((text) => [b.size, text]))(new Blob(${parts}))`);
  });

  test.each([
    "{ type: 'Text/Plain;Charset=UTF-8' }",
    "{ type: 'té' }",
    "{ type: 'a\\n' }",
    "{ type: '\\x1f' }",
    "{ type: '\\x7f' }",
    '{ type: 5 }',
    '{ type: undefined }',
    '{}',
    'null',
    'undefined',
  ])('with %s has the type it has in Node', async (options) => {
    await agree(`new Blob(['x'], ${options}).type`);
  });

  test('any slice of any size is that of Node, and of the text it was made from', async () => {
    const bound = fc.oneof(
      fc.integer({ min: -12, max: 12 }),
      fc.double({ min: -9, max: 9, noNaN: true }),
      fc.constantFrom(null, '1', '-2'),
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary-ascii', maxLength: 10 }), bound, bound, (text, start, end) =>
        agree(`new Blob([${JSON.stringify(text)}]).slice(${JSON.stringify(start)}, ${JSON.stringify(end)}).text()`),
      ),
      { numRuns: 150 },
    );
  });

  test('a slice of a slice counts from the slice, and takes a type of its own', async () => {
    await agree("new Blob(['0123456789'], { type: 'a/b' }).slice(2, 8).slice(-3, -1).text()");
    await agree(
      "((b) => [b.slice(0, 1).type, b.slice(0, 1, 'C/D').type, b.slice(0, 1, 'é').type])(new Blob(['x'], { type: 'a/b' }))",
    );
    for (const bound of ['Infinity', '-Infinity', 'NaN', "'x'", '{}', '2 ** 40'])
      await agree(`new Blob(['hello']).slice(${bound}).text()`);
  });

  test('never changes: not with what it was made from, not with what it gave', async () => {
    await agree('((u) => { const b = new Blob([u, u.buffer]); u[0] = 90; return b.text(); })(new Uint8Array([65]))');
    for (const read of ['bytes()', 'arrayBuffer().then((b) => new Uint8Array(b))']) {
      await agree(
        `(async (b) => { (await b.${read})[0] = 90; return [await b.text(), await b.slice().text()]; })(new Blob(['abc']))`,
      );
    }
    const stream =
      "(async (b) => { for await (const part of b.stream()) part[0] = 90; return await b.text(); })(new Blob(['abc']))";
    expect(await outcome(stream)).toBe('abc');
    await agree("((b) => { try { b.size = 9; b.type = 'x'; } catch {} return [b.size, b.type]; })(new Blob(['abc']))");
  });

  test('is read as often as one likes, by streams at the same time too', async () => {
    await agree(`(async (b) => {
      const all = async (s) => { const seen = []; for await (const part of s) seen.push(...part); return seen; };
      return [await Promise.all([all(b.stream()), all(b.stream()), b.text()]), await b.text()];
    })(new Blob(['hi', new Uint8Array([255])]))`);
  });

  test('gives text without a byte order mark, and U+FFFD for what is no UTF-8', async () => {
    await agree("new Blob(['\\ufeffa']).text()");
    await agree(
      'new Blob([new Uint8Array([0xc3, 0x28, 0xff])]).text().then((t) => [...t].map((c) => c.codePointAt(0)))',
    );
  });

  test('a method taken from it works on no other object', async () => {
    for (const call of ['text.call({})', 'slice.call({ size: 5 })', 'arrayBuffer.call(new Uint8Array(1))'])
      expect(await outcome(`Blob.prototype.${call}`)).toBe('TypeError');
    expect(await outcome("Object.getOwnPropertyDescriptor(Blob.prototype, 'size').get.call({})")).toBe('TypeError');
  });
});
