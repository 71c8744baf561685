import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scriptOf, sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const name = fc.constantFrom(
  'a',
  'A',
  'b',
  'set-cookie',
  'Set-Cookie',
  'content-type',
  'x y',
  '',
  'é',
  'a:',
  '__proto__',
  'constructor',
);
const value = fc.constantFrom('', '1', ' padded\t', 'a, b', 'x\ny', 'x\r\nEvil: 1', '\0', 'é', '€', '\n', '__proto__');
const call = fc.oneof(
  fc.tuple(fc.constantFrom('append', 'set'), name, value),
  fc.tuple(fc.constantFrom('get', 'has', 'delete'), name),
  fc.constant(['getSetCookie']),
);

describe('a list of headers', () => {
  test('after any calls, the refused ones included, is that of Node', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), (calls) =>
        agree(scriptOf('new Headers()', calls, '[...it]')),
      ),
      { numRuns: 200 },
    );
  });

  test('is the same when it is made from pairs, from a record and from itself', async () => {
    const pairs = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,5}$/), fc.stringMatching(/^[!-~]{0,8}$/)), {
      selector: ([key]) => key,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(pairs, async (list) => {
        const init = JSON.stringify(list);
        const made = await outcome(
          `[new Headers(${init}), new Headers(Object.fromEntries(${init})), new Headers(new Headers(${init})), new Headers(new Map(${init}))].map((h) => JSON.stringify([...h]))`,
        );
        expect(new Set(made as string[]).size).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    'a: undefined',
    'a: null',
    'a: 5',
    "a: ['x', 'y']",
    "a: { toString: () => 'own' }",
    'a: Symbol()',
    'a: { toString() { throw new RangeError(); } }',
    "['a b']: 1",
    'get a() { throw new RangeError(); }',
    "__proto__: { inherited: '1' }, own: '2'",
  ])('of a record with { %s } is that of Node', async (fields) => {
    await agree(`[...new Headers({ ${fields} })]`);
  });

  test.each([
    "['ab']",
    "[['a', undefined]]",
    "[['a', null]]",
    '[5]',
    '[null]',
    "[new Set(['a', 'b'])]",
    "[['a', 'b'], ['c']]",
    "[['a', 'b'], ['c d', 'e']]",
    "'ab'",
    '5',
    'true',
    'Symbol()',
  ])('from %s ends as in Node', async (init) => {
    await agree(`[...new Headers(${init})]`);
  });

  test.each([
    "for (const [k] of h) { seen.push(k); if (seen.length < 6) h.append('z' + seen.length, '1'); }",
    'for (const [k] of h) { seen.push(k); h.delete(k); }',
    "for (const [k, v] of h) { seen.push(k, v); h.set('a', 'changed'); }",
    "h.forEach((v, k) => { seen.push(k); h.delete('c'); })",
    'h.forEach(function () { seen.push(this.x); }, { x: 1 })',
    "const it = h.values(); seen.push(it.next().value); h.set('b', 'new'); seen.push(...it)",
  ])('is walked while it changes, as in Node: %s', async (body) => {
    await agree(`((h, seen) => { ${body}; return seen; })(new Headers({ c: '3', a: '1', b: '2' }), [])`);
  });

  test.each([
    'forEach(5)',
    'forEach()',
    "append('a', Symbol())",
    'get(Symbol())',
    "set('a', 'x\\ny')",
    "append('a\\n', 'x')",
    "set('a', '\\u{1F600}')",
  ])('is left as it was by %s', async (expression) => {
    expect(
      await outcome(
        `((h) => { try { h.${expression}; } catch (e) { return [e.name, ...h]; } })(new Headers({ a: '1' }))`,
      ),
    ).toEqual(['TypeError', ['a', '1']]);
  });

  test('smuggles no second header: no line end survives inside a value or a name', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\r', '\n', '\0', '\t', '\x0b', '\x85', '\u2028') });
    await fc.assert(
      fc.asyncProperty(text, text, async (key, val) => {
        const list = await outcome(
          `(() => { try { return [...new Headers([[${JSON.stringify(key)}, ${JSON.stringify(val)}]])].flat().join(); } catch (e) { return e.name; } })()`,
        );
        expect(list).not.toMatch(/[\r\n\0]/);
      }),
      { numRuns: 150 },
    );
  });
});
