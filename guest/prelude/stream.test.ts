import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const run = (body: string): string =>
  `(async (all) => { ${body} })(async (s) => { const seen = []; try { for await (const c of s) seen.push(c); } catch (e) { seen.push('!' + e.name); } return seen; })`;

describe('streams', () => {
  test.each([
    'return all(ReadableStream.from([1, 2, 3]))',
    'return all(ReadableStream.from((async function* () { yield 1; throw new RangeError(); })()))',
    'return all(ReadableStream.from([1, 2]).pipeThrough(new TransformStream({ transform(c, k) { k.enqueue(c); k.enqueue(-c); }, flush(k) { k.enqueue("end"); } })))',
    'return all(ReadableStream.from([1, 2, 3]).pipeThrough(new TransformStream({ transform(c, k) { if (c === 2) throw new RangeError(); k.enqueue(c); } })))',
    'return all(ReadableStream.from([1, 2, 3]).pipeThrough(new TransformStream({ transform(c, k) { k.enqueue(c); if (c === 2) k.terminate(); } })))',
    'const [a, b] = ReadableStream.from([1, 2]).tee(); return [await all(a), await all(b)]',
    'const [a, b] = new ReadableStream({ start(c) { c.error(new RangeError()); } }).tee(); return [await all(a), await all(b)]',
    'const s = ReadableStream.from([1, 2, 3]); for await (const c of s) break; return [s.locked, await all(s)]',
    'const s = ReadableStream.from([1, 2, 3]); for await (const c of s.values({ preventCancel: true })) break; return all(s)',
    "let why; const s = new ReadableStream({ cancel(r) { why = r; } }); await s.cancel('enough'); return [why, await all(s)]",
    'const s = new ReadableStream({ start(c) { c.close(); try { c.enqueue(1); } catch (e) { this.e = e.name; } } }); return all(s)',
    'return all(new ReadableStream({ start: () => Promise.reject(new RangeError()) }))',
    'const w = new WritableStream({ write(c, k) { k.error(new RangeError()); } }).getWriter(); await w.write(1); return w.write(2)',
    "const w = new WritableStream().getWriter(); await w.abort('why'); return [await w.closed.catch((e) => e), await w.write(1).catch((e) => e)]",
    'const seen = []; const w = new WritableStream({ write: (c) => seen.push(c), close: () => seen.push("closed") }).getWriter(); w.write(1); w.write(2); await w.close(); return seen',
    'const w = new WritableStream({}, new CountQueuingStrategy({ highWaterMark: 2 })).getWriter(); const seen = [w.desiredSize]; w.write(1).catch(() => 0); seen.push(w.desiredSize); return seen',
    'const w = new WritableStream({}, new ByteLengthQueuingStrategy({ highWaterMark: 4 })).getWriter(); w.write(new Uint8Array(3)); return w.desiredSize',
    'const s = new ReadableStream(); const r = s.getReader(); const read = r.read(); r.releaseLock(); return [s.locked, await read.catch((e) => e.name)]',
    "const c = new AbortController(), seen = []; await new ReadableStream({ pull(k) { k.enqueue(1); } }).pipeTo(new WritableStream({ write() { c.abort('stop'); }, abort: (r) => seen.push(r) }), { signal: c.signal }).catch((e) => seen.push(e)); return seen",
    "return new ReadableStream().pipeTo(new WritableStream(), { signal: AbortSignal.abort('early') })",
  ])('behave as in Node: %s', async (body) => {
    await agree(run(body));
  });

  test.each([
    'new ReadableStream({ type: "other" })',
    'new ReadableStream({}, { highWaterMark: -1 })',
    'new ReadableStream({}, { highWaterMark: NaN })',
    'new ReadableStream({ pull: 1 })',
    'new WritableStream({ type: "bytes" })',
    'new ReadableStreamDefaultReader({})',
    'new ReadableStreamDefaultController()',
    'new CountQueuingStrategy()',
    'ReadableStream.from(5)',
    '((s) => { s.getReader(); s.getReader(); })(new ReadableStream())',
    '((s) => { s.getReader(); s.tee(); })(new ReadableStream())',
    '((s) => { s.getReader(); return s.cancel(); })(new ReadableStream())',
    '((s) => { s.getWriter(); s.getWriter(); })(new WritableStream())',
    '((s) => { s.getWriter(); return s.abort(); })(new WritableStream())',
    'new ReadableStream().pipeThrough({})',
    'new ReadableStream().pipeTo({})',
  ])('%s is refused as in Node', async (expression) => {
    await agree(`(async () => { await (${expression}); })()`);
  });

  test('carry any chunks through any stages unchanged and in order', async () => {
    const sizes = fc.array(fc.nat(3), { minLength: 0, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer(), { maxLength: 12 }), sizes, async (chunks, stages) => {
        const pipes = stages
          .map(
            (mark) =>
              `.pipeThrough(new TransformStream({}, { highWaterMark: ${mark + 1} }, { highWaterMark: ${mark} }))`,
          )
          .join('');
        expect(await outcome(run(`return all(ReadableStream.from(${JSON.stringify(chunks)})${pipes})`))).toEqual(
          chunks,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('ask their source for as much as the reader wants, and no more', async () => {
    for (const mark of [0, 1, 3])
      await agree(
        run(
          `let pulls = 0; new ReadableStream({ pull(c) { c.enqueue(++pulls); } }, { highWaterMark: ${mark} }); for (let i = 0; i < 20; i++) await null; return pulls;`,
        ),
      );
    await agree(
      run(
        'let pulls = 0; const r = new ReadableStream({ pull(c) { c.enqueue(++pulls); } }, { highWaterMark: 0 }).getReader(); await r.read(); await r.read(); for (let i = 0; i < 20; i++) await null; return pulls;',
      ),
    );
  });
});

describe('a stream of bytes', () => {
  test('fills the reader’s buffer as far as it goes, as in Node', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(255), { minLength: 1, maxLength: 5 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (chunks, size) =>
          agree(
            run(`const s = new ReadableStream({ type: 'bytes', start(c) { for (const each of ${JSON.stringify(chunks)}) c.enqueue(new Uint8Array(each)); c.close(); } });
          const r = s.getReader({ mode: 'byob' }), seen = [];
          for (let i = 0; i < 20; i++) { const { value, done } = await r.read(new Uint8Array(${size})); seen.push([...value], done); if (done) break; }
          return seen;`),
          ),
      ),
      { numRuns: 60 },
    );
  });

  test('takes the buffers it is given: neither end can change them afterwards', async () => {
    await agree(
      run(
        "const u = new Uint8Array([1, 2]); new ReadableStream({ type: 'bytes', start(c) { c.enqueue(u); } }); return [u.byteLength, u.buffer.detached];",
      ),
    );
    await agree(
      run(
        "const s = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1])); } }), u = new Uint8Array(2); const { value } = await s.getReader({ mode: 'byob' }).read(u); return [u.byteLength, value.byteLength, value.buffer.byteLength];",
      ),
    );
  });

  test.each(["c.enqueue('text')", 'c.enqueue(new Uint8Array(0))', 'c.enqueue(null)', 'c.enqueue([1])'])(
    'refuses %s as in Node',
    async (call) => {
      await agree(
        run(
          `let name = 'taken'; new ReadableStream({ type: 'bytes', start(c) { try { ${call}; } catch (e) { name = e.name; } } }); return name;`,
        ),
      );
    },
  );
});
