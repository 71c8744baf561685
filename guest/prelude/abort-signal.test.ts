import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const withController = (body: string): string => `((c, seen) => { ${body}; return seen; })(new AbortController(), [])`;

describe('AbortSignal.timeout', () => {
  test.each(['-1', 'NaN', "'soon'", 'undefined', '2 ** 53', 'Infinity', '-Infinity', '{}', 'Symbol()'])(
    'refuses %s rather than abort at once',
    async (ms) => {
      expect(await outcome(`AbortSignal.timeout(${ms}).aborted`)).toBe('TypeError');
    },
  );

  test.each(['0', '1', '5'])('takes %s, and aborts with a TimeoutError', async (ms) => {
    await agree(`new Promise((done) => { const s = AbortSignal.timeout(${ms});
      s.addEventListener('abort', () => done([s.aborted, s.reason.name, s.reason.code, s.reason instanceof DOMException])); })`);
  });

  test('takes what the standard reads as a whole number: text, and a fraction without its end', async () => {
    for (const ms of ["'5'", '1.9', 'null', '-0.9'])
      expect(await outcome(`AbortSignal.timeout(${ms}).aborted`)).toBe(false);
  });

  test('is not aborted before its time', async () => {
    await agree('AbortSignal.timeout(10_000).aborted');
  });

  test('reaches those who follow it', async () => {
    await agree(`new Promise((done) => { const t = AbortSignal.timeout(1), s = AbortSignal.any([new AbortController().signal, t]);
      s.onabort = () => done([t.aborted, s.aborted, s.reason === t.reason, s.reason.name]); })`);
  });
});

describe('AbortSignal.any', () => {
  test.each([
    'AbortSignal.any()',
    'AbortSignal.any(5)',
    'AbortSignal.any([{}])',
    'AbortSignal.any([null])',
    'AbortSignal.any([new EventTarget()])',
    'AbortSignal.any([new AbortController()])',
  ])('%s is refused', async (expression) => {
    expect(await outcome(expression)).toBe('TypeError');
  });

  test.each([
    "const s = AbortSignal.any([c.signal, c.signal]); s.addEventListener('abort', () => seen.push(1)); c.abort()",
    "const a = AbortSignal.any([c.signal]), b = AbortSignal.any([a]); c.abort('r'); seen.push(a.aborted, b.aborted, b.reason)",
    "const s = AbortSignal.any(new Set([c.signal])); c.abort('set'); seen.push(s.reason)",
    "c.abort('early'); const s = AbortSignal.any([new AbortController().signal, c.signal]); seen.push(s.aborted, s.reason)",
    "const s = AbortSignal.any([AbortSignal.abort('one'), AbortSignal.abort('two')]); seen.push(s.reason)",
    "const s = AbortSignal.any([c.signal]); s.onabort = () => seen.push('s'); c.signal.onabort = () => seen.push('c'); c.abort(); c.abort()",
    'const s = AbortSignal.any([c.signal]); c.signal.onabort = () => { throw 1; }; s.onabort = () => seen.push(s.reason.name); try { c.abort(); } catch {}',
    "const d = new AbortController(), s = AbortSignal.any([c.signal, d.signal]); c.signal.onabort = () => d.abort('d'); c.abort('c'); seen.push(s.reason, d.signal.reason)",
  ])('behaves as in Node: %s', async (body) => {
    await agree(withController(body.replace('throw 1;', 'seen.push(1);')));
  });

  test('carries the first reason through any net of followers, as in Node', async () => {
    // Each number in a list names an earlier signal that the new one follows; then some controllers abort, in turn.
    const net = fc.record({
      controllers: fc.integer({ min: 1, max: 4 }),
      follows: fc.array(fc.array(fc.nat(20), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
      aborts: fc.array(fc.nat(20), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(net, ({ controllers, follows, aborts }) =>
        agree(`((all, heard) => {
          const signals = all.map((c) => c.signal);
          for (const list of ${JSON.stringify(follows)}) signals.push(AbortSignal.any(list.map((i) => signals[i % signals.length])));
          signals.forEach((s, i) => s.addEventListener('abort', () => heard.push(i)));
          for (const i of ${JSON.stringify(aborts)}) all[i % all.length].abort('by ' + (i % all.length));
          return [signals.map((s) => [s.aborted, s.reason]), heard.toSorted((a, b) => a - b)];
        })(Array.from({ length: ${controllers} }, () => new AbortController()), [])`),
      ),
      { numRuns: 150 },
    );
  });

  test('a thousand followers in a chain are all aborted before the first of them is told', async () => {
    const code = withController(`let s = c.signal; const chain = [];
      for (let i = 0; i < 1000; i++) chain.push(s = AbortSignal.any([s]));
      c.signal.addEventListener('abort', () => seen.push(chain.every((each) => each.aborted))); c.abort()`);
    expect(await outcome(code)).toEqual([true]);
  });
});

describe('an AbortSignal', () => {
  test.each([
    'const r = {}; c.abort(r); seen.push(c.signal.reason === r)',
    'c.abort(undefined); seen.push(c.signal.reason.name)',
    'c.abort(); try { c.signal.throwIfAborted(); } catch (e) { seen.push(e === c.signal.reason, e.name); }',
    'c.signal.onabort = 5; seen.push(c.signal.onabort)',
    'c.signal.onabort = () => {}; c.signal.onabort = {}; seen.push(typeof c.signal.onabort)',
    'const f = () => {}; c.signal.onabort = f; seen.push(c.signal.onabort === f)',
    "c.signal.addEventListener('abort', () => seen.push(1)); c.signal.onabort = () => seen.push(2); c.signal.addEventListener('abort', () => seen.push(3)); c.abort()",
    "c.signal.addEventListener('abort', () => seen.push(c.signal.aborted), { once: true }); c.abort()",
    "c.signal.addEventListener('abort', (e) => seen.push(e.type, e.target === c.signal, e.bubbles, e.cancelable)); c.abort()",
    "c.abort(); c.signal.addEventListener('abort', () => seen.push('late')); c.abort()",
    'try { c.signal.aborted = true; } catch {} seen.push(c.signal.aborted)',
    "c.signal.dispatchEvent(new Event('abort')); seen.push(c.signal.aborted)",
  ])('behaves as in Node: %s', async (body) => {
    await agree(withController(body));
  });

  test.each(['new AbortSignal()', 'AbortSignal()', 'AbortController()', 'new AbortSignal(Symbol("signal"))'])(
    '%s makes none',
    async (expression) => {
      await agree(expression);
    },
  );

  test.each([
    'AbortSignal.prototype.aborted',
    "Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'reason').get.call({})",
    'AbortController.prototype.abort.call({})',
    'AbortSignal.prototype.throwIfAborted.call(new EventTarget())',
  ])('%s looks into no other object', async (expression) => {
    await agree(expression);
  });
});
