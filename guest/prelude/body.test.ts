import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const chunks = fc.array(fc.array(fc.nat(255), { maxLength: 6 }), { maxLength: 6 });
const streamOf = (list: number[][]): string =>
  `new ReadableStream({ start(c) { for (const part of ${JSON.stringify(list)}) c.enqueue(new Uint8Array(part)); c.close(); } })`;

describe('a body from a stream', () => {
  test('is the chunks joined, whatever they are and however it is read', async () => {
    const read = fc.constantFrom(
      'text()',
      'bytes().then((b) => [...b])',
      'arrayBuffer().then((b) => b.byteLength)',
      'blob().then((b) => b.text())',
    );
    await fc.assert(
      fc.asyncProperty(chunks, read, (list, form) => agree(`new Response(${streamOf(list)}).${form}`)),
      { numRuns: 100 },
    );
  });

  test('is the same in each clone, and clones of clones', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (list, order) =>
        agree(`(async (a) => { const b = a.clone(), c = b.clone(), all = [a, b, c], seen = [];
          for (const i of ${JSON.stringify(order)}) seen.push([...await all[i].bytes()]);
          return seen; })(new Response(${streamOf(list)}))`),
      ),
      { numRuns: 60 },
    );
  });

  test('that fails half-way fails every reader with the stream’s own error', async () => {
    const failing =
      "new ReadableStream({ pull(c) { this.n = (this.n ?? 0) + 1; if (this.n > 2) c.error(new RangeError('cut')); else c.enqueue(new Uint8Array([1])); } })";
    await agree(`new Response(${failing}).text()`);
    await agree(
      `(async (a) => { const b = a.clone(); return (await Promise.allSettled([a.text(), b.bytes()])).map((o) => o.reason?.name); })(new Response(${failing}))`,
    );
  });

  test.each([
    "'text'",
    '5',
    'null',
    '[1]',
    'new ArrayBuffer(1)',
    'new Uint16Array(1)',
    'new DataView(new ArrayBuffer(1))',
    '{}',
  ])('refuses the chunk %s: only Uint8Arrays are bytes', async (chunk) => {
    expect(
      await outcome(`new Response(new ReadableStream({ start(c) { c.enqueue(${chunk}); c.close(); } })).bytes()`),
    ).toBe('TypeError');
  });

  test('takes a stream that nobody has touched, and no other', async () => {
    for (const touch of [
      's.getReader()',
      's.tee()',
      's.pipeTo(new WritableStream())',
      's.pipeThrough(new TransformStream())',
    ])
      expect(await outcome(`((s) => { ${touch}; return new Response(s).status; })(new ReadableStream())`), touch).toBe(
        'TypeError',
      );
    await agree('((s) => { const r = new Response(s); return [r.body === s, s.locked]; })(new ReadableStream())');
  });

  test('gives what is in it by then: later chunks arrive', async () => {
    await agree(`(async () => { let c; const r = new Response(new ReadableStream({ start(k) { c = k; } })); const text = r.text();
      for (const part of ['a', 'b', 'é']) { await null; c.enqueue(new TextEncoder().encode(part)); } c.close(); return await text; })()`);
  });
});

describe('a body', () => {
  test.each(['text', 'bytes', 'arrayBuffer', 'blob', 'json'])(
    'read by %s() is used up at once, before it has arrived',
    async (method) => {
      await agree(`(async (r) => { const read = r.${method}(); const during = r.bodyUsed;
      const again = await r.text().catch((e) => e.name); await read.catch(() => 0); return [during, again]; })(new Response('1'))`);
    },
  );

  test('that is null is never used up', async () => {
    await agree('(async (r) => [await r.text(), r.bodyUsed, await r.text(), r.clone().body])(new Response(null))');
  });

  test('is one stream, however often it is asked for', async () => {
    await agree("((r) => { const b = r.body; return [b === r.body, b.locked, r.bodyUsed]; })(new Response('x'))");
    await agree(
      "((r) => { try { r.body = 1; r.bodyUsed = true; } catch {} return [typeof r.body, r.bodyUsed]; })(new Response('x'))",
    );
  });

  test('whose reader let go without reading can still be read', async () => {
    await agree(
      "(async (r) => { r.body.getReader().releaseLock(); return [r.bodyUsed, await r.text()]; })(new Response('x'))",
    );
  });

  test('that was piped away is used up', async () => {
    await agree(
      "(async (r) => { await r.body.pipeTo(new WritableStream()); return [r.bodyUsed, await r.text().catch((e) => e.name)]; })(new Response('x'))",
    );
  });

  test('of JSON keeps a key that is called __proto__ as a key', async () => {
    await agree(
      `(async (r) => { const v = await r.json(); return [Object.keys(v), ({}).x, Object.getPrototypeOf(v) === Object.prototype]; })(new Response('{"__proto__":{"x":1}}'))`,
    );
  });

  test('gives each reader bytes of its own', async () => {
    await agree(
      `(async (r) => { const c = r.clone(); (await r.bytes()).fill(90); return await c.text(); })(new Response('abc'))`,
    );
    await agree(
      `(async (u) => { const r = new Response(u.buffer); u.fill(90); return await r.text(); })(new Uint8Array([65, 66]))`,
    );
  });

  test('is none of an object that only looks like a response', async () => {
    for (const call of ['text.call({})', 'clone.call({ status: 200 })']) await agree(`Response.prototype.${call}`);
  });
});
