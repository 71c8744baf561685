import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();

/** A step: add or remove one of four listeners for one of two types, or dispatch. What each listener does is fixed by its number. */
const step = fc.oneof(
  fc.record({
    do: fc.constant('add'),
    type: fc.constantFrom('a', 'b'),
    who: fc.nat(3),
    capture: fc.boolean(),
    once: fc.boolean(),
    passive: fc.boolean(),
  }),
  fc.record({ do: fc.constant('remove'), type: fc.constantFrom('a', 'b'), who: fc.nat(3), capture: fc.boolean() }),
  fc.record({ do: fc.constant('dispatch'), type: fc.constantFrom('a', 'b'), cancelable: fc.boolean() }),
);

const play = (steps: string): string => `((t, seen) => {
  let depth = 0;
  const who = [
    (e) => seen.push('log ' + e.type + e.defaultPrevented),
    (e) => { seen.push('stop'); e.stopImmediatePropagation(); },
    (e) => { seen.push('prevent'); e.preventDefault(); },
    { handleEvent(e) { seen.push('nested'); t.removeEventListener(e.type, who[0]); if (depth++ < 3) t.dispatchEvent(new Event(e.type)); } },
  ];
  for (const { do: what, type, who: i, cancelable, ...options } of ${steps}) {
    if (what === 'add') t.addEventListener(type, who[i], options);
    else if (what === 'remove') t.removeEventListener(type, who[i], options);
    else seen.push(t.dispatchEvent(new Event(type, { cancelable })));
  }
  return seen;
})(new EventTarget(), [])`;

describe('an event target', () => {
  test('calls whom Node calls, in Node’s order, after any changes of its listeners', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), (steps) => agree(play(JSON.stringify(steps)))),
      { numRuns: 200 },
    );
  });

  test.each([
    't.dispatchEvent({})',
    "t.dispatchEvent({ type: 'a' })",
    't.dispatchEvent()',
    "t.addEventListener('a', 5)",
    "t.addEventListener('a', 'text')",
    "t.addEventListener('a', () => 1, { signal: {} })",
    'EventTarget.prototype.addEventListener.call({}, "a", () => 1)',
    "EventTarget.prototype.dispatchEvent.call({}, new Event('a'))",
  ])('refuses %s as in Node', async (expression) => {
    await agree(`((t) => { ${expression}; return 'taken'; })(new EventTarget())`);
  });

  test.each([
    [
      'a listener that is aborted before its turn is not called',
      "const c = new AbortController(); t.addEventListener('a', () => c.abort()); t.addEventListener('a', () => seen.push('called'), { signal: c.signal })",
    ],
    [
      'one signal takes many listeners away at once',
      "const c = new AbortController(); for (let i = 0; i < 3; i++) t.addEventListener('a', () => seen.push(i), { signal: c.signal }); t.addEventListener('a', () => seen.push('stays')); c.abort()",
    ],
    [
      'a listener removed and added again moves to the end',
      "const f = () => seen.push('f'); t.addEventListener('a', f); t.addEventListener('a', () => seen.push('g')); t.removeEventListener('a', f); t.addEventListener('a', f)",
    ],
    [
      'an object’s handleEvent is looked up at the time of the event',
      "const o = {}; t.addEventListener('a', o); o.handleEvent = () => seen.push('late')",
    ],
    [
      'a listener that is called once may dispatch again',
      "t.addEventListener('a', () => { seen.push(1); t.dispatchEvent(new Event('a')); }, { once: true })",
    ],
    [
      'types are texts: a number and its text are one',
      "t.addEventListener(5, () => seen.push('five')); t.dispatchEvent(new Event('5'))",
    ],
    [
      'a passive listener does not hold back the others’ wish',
      "t.addEventListener('a', (e) => e.preventDefault(), { passive: true }); t.addEventListener('a', (e) => seen.push(e.defaultPrevented))",
    ],
  ])('%s', async (_, setup) => {
    await agree(
      `((t, seen) => { ${setup}; seen.push(t.dispatchEvent(new Event('a', { cancelable: true }))); return seen; })(new EventTarget(), [])`,
    );
  });

  test('a listener added while an event is shown waits for the next one, wherever it stands; Node calls some of them', async () => {
    const code = `((t, seen) => { t.addEventListener('a', () => t.addEventListener('a', late)); t.addEventListener('a', () => seen.push('last'));
      const late = () => seen.push('late'); t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a')); return seen; })(new EventTarget(), [])`;
    expect(await outcome(code)).toEqual(['last', 'last', 'late']);
  });

  test('an event has its target for good, its current one while it is shown', async () => {
    await agree(`((t, e) => { const seen = [e.target, e.currentTarget, e.eventPhase]; t.addEventListener('a', () => seen.push(e.target === t, e.currentTarget === t, e.eventPhase, e.composedPath().length));
      t.dispatchEvent(e); return [...seen, e.target === t, e.currentTarget, e.eventPhase, e.composedPath().length]; })(new EventTarget(), new Event('a'))`);
  });

  test('two thousand listeners are all called, and removed one by one', async () => {
    const code = `((t, n) => { const all = Array.from({ length: 2000 }, () => () => { n++; }); for (const f of all) t.addEventListener('a', f);
      t.dispatchEvent(new Event('a')); for (const f of all) t.removeEventListener('a', f); t.dispatchEvent(new Event('a')); return n; })(new EventTarget(), 0)`;
    expect(await outcome(code)).toBe(2000);
  });
});
