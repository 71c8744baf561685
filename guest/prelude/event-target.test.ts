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
const listen = (body: string): string => `((t, seen) => { ${body}; return seen; })(new EventTarget(), [])`;

describe('EventTarget', () => {
  test.each([
    "t.addEventListener('a', (e) => seen.push(e.type, e.target === t, e.currentTarget === t, e.eventPhase)); t.dispatchEvent(new Event('a'))",
    "const f = () => seen.push(1); t.addEventListener('a', f); t.addEventListener('a', f); t.dispatchEvent(new Event('a'))",
    "const f = () => seen.push(1); t.addEventListener('a', f); t.addEventListener('a', f, true); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', () => seen.push(1), { once: true }); t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a'))",
    "const f = () => seen.push(1); t.addEventListener('a', f); t.removeEventListener('a', f); t.dispatchEvent(new Event('a'))",
    "const f = () => seen.push(1); t.addEventListener('a', f, true); t.removeEventListener('a', f); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', () => { t.addEventListener('a', () => seen.push('late')); seen.push('early'); }); t.dispatchEvent(new Event('a'))",
    "const f = () => seen.push('removed'); t.addEventListener('a', () => t.removeEventListener('a', f)); t.addEventListener('a', f); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', (e) => { seen.push(1); e.stopImmediatePropagation(); }); t.addEventListener('a', () => seen.push(2)); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', (e) => e.preventDefault()); seen.push(t.dispatchEvent(new Event('a')), t.dispatchEvent(new Event('a', { cancelable: true })))",
    "t.addEventListener('a', (e) => e.preventDefault(), { passive: true }); seen.push(t.dispatchEvent(new Event('a', { cancelable: true })))",
    "const o = { handleEvent(e) { seen.push(this === o, e.type); } }; t.addEventListener('a', o); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', function () { seen.push(this === t); }); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', null); seen.push(t.dispatchEvent(new Event('a')))",
    "const c = new AbortController(); t.addEventListener('a', () => seen.push(1), { signal: c.signal }); t.dispatchEvent(new Event('a')); c.abort(); t.dispatchEvent(new Event('a'))",
    "t.addEventListener('a', () => seen.push(1), { signal: AbortSignal.abort() }); t.dispatchEvent(new Event('a'))",
    "const e = new Event('a', { bubbles: 1, cancelable: 1, composed: 0 }); seen.push(e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.target, e.isTrusted)",
    "class Mine extends EventTarget {} const m = new Mine(); m.addEventListener('a', (e) => seen.push(e.target === m)); m.dispatchEvent(new Event('a'))",
  ])('behaves as in Node: %s', async (body) => {
    await agree(listen(body));
  });

  test('refuses an event that is being dispatched, with the error of the standard', async () => {
    const body =
      "const e = new Event('a'); t.addEventListener('a', () => { try { t.dispatchEvent(e); } catch (error) { seen.push(error.name); } }); t.dispatchEvent(e)";
    expect(await world.evaluate(listen(body))).toEqual(['InvalidStateError']);
  });

  test('goes on after a listener that throws, and reports the error', async () => {
    const seen = await world.evaluate(
      listen(
        "t.addEventListener('a', () => { throw new Error('lost'); }); t.addEventListener('a', () => seen.push(2)); t.dispatchEvent(new Event('a'))",
      ),
    );
    expect(seen).toEqual([2]);
    expect(world.sent.at(-1)).toMatchObject({
      port: 'console',
      args: { level: 'error', message: expect.stringMatching(/^Uncaught Error: lost/) },
    });
  });
});

describe('AbortSignal', () => {
  test.each([
    '((c) => { const s = c.signal, before = s.aborted; c.abort(); return [before, s.aborted, s.reason.name, s.reason instanceof DOMException, s.reason.code, c.signal === s]; })(new AbortController())',
    "((c) => { c.abort('why'); c.abort('again'); return c.signal.reason; })(new AbortController())",
    '((c) => { c.abort(null); return [c.signal.reason, c.signal.aborted]; })(new AbortController())',
    "((s) => [s.aborted, s.reason])(AbortSignal.abort('why'))",
    "AbortSignal.abort('why').throwIfAborted()",
    'AbortSignal.abort(new RangeError()).throwIfAborted()',
    'new AbortController().signal.throwIfAborted()',
    '((c) => { let n = 0; c.signal.onabort = () => n++; c.signal.addEventListener("abort", () => n++); c.abort(); c.abort(); return n; })(new AbortController())',
    '((c) => { let n = 0; c.signal.onabort = () => n++; c.signal.onabort = null; c.abort(); return n; })(new AbortController())',
    "((a, b) => { const s = AbortSignal.any([a.signal, b.signal]); const before = s.aborted; b.abort('b'); a.abort('a'); return [before, s.aborted, s.reason]; })(new AbortController(), new AbortController())",
    "((s) => [s.aborted, s.reason])(AbortSignal.any([new AbortController().signal, AbortSignal.abort('x')]))",
    'AbortSignal.any([]).aborted',
    "((c) => { const seen = []; const s = AbortSignal.any([c.signal]); c.signal.addEventListener('abort', () => seen.push(s.aborted)); s.addEventListener('abort', () => seen.push('any')); c.abort(); return seen; })(new AbortController())",
    'new Promise((resolve) => { const s = AbortSignal.timeout(5); s.onabort = () => resolve([s.reason.name, s.reason.code]); })',
    'new AbortSignal()',
  ])('behaves as in Node: %s', async (expression) => {
    await agree(expression);
  });
});

describe('DOMException', () => {
  test.each([
    "((e) => [e.name, e.message, e.code, e instanceof Error, String(e)])(new DOMException('m', 'NotFoundError'))",
    '((e) => [e.name, e.message, e.code])(new DOMException())',
    "((e) => [e.name, e.code])(new DOMException('m', 'OperationError'))",
    "((e) => [e.name, e.cause])(new DOMException('m', { name: 'DataError', cause: 1 }))",
    '[DOMException.ABORT_ERR, DOMException.DATA_CLONE_ERR, new DOMException().INVALID_STATE_ERR, DOMException.NOT_FOUND_ERR]',
  ])('behaves as in Node: %s', async (expression) => {
    await agree(expression);
  });
});

describe('streams', () => {
  test.each([
    '(async () => { const seen = []; const upper = new TransformStream({ transform: (x, c) => c.enqueue(x * 2) }); const w = upper.writable.getWriter(); w.write(1); w.write(2); w.close(); for await (const x of upper.readable) seen.push(x); return seen; })()',
    '(async () => { const [a, b] = new ReadableStream({ start(c) { c.enqueue(1); c.close(); } }).tee(); return [(await a.getReader().read()).value, (await b.getReader().read()).value]; })()',
    "(async () => { const seen = []; await new ReadableStream({ start(c) { c.enqueue('x'); c.close(); } }).pipeTo(new WritableStream({ write: (x) => void seen.push(x), close: () => void seen.push('end') })); return seen; })()",
    '(async () => { const c = new AbortController(); const p = new ReadableStream({}).pipeTo(new WritableStream({}), { signal: c.signal }); c.abort(); return p; })()',
    "(async () => { const r = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2, 3])); c.close(); } }).getReader({ mode: 'byob' }); const { value } = await r.read(new Uint8Array(2)); return [...value]; })()",
    'new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark',
  ])('behave as in Node: %s', async (expression) => {
    await agree(expression);
  });
});
