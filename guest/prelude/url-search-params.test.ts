import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scriptOf, sharedWorld } from './testing/shared-world.ts';

const { agree, outcome } = sharedWorld();
const name = fc.constantFrom('a', 'b', '', 'é', 'a b', '__proto__', '%41', '&=', '\ud800', '\u{1F600}');
const call = fc.oneof(
  fc.tuple(fc.constantFrom('append', 'set'), name, name),
  fc.tuple(fc.constantFrom('delete', 'has'), name),
  fc.tuple(fc.constantFrom('delete', 'has'), name, name),
  fc.tuple(fc.constantFrom('get', 'getAll'), name),
  fc.constant(['sort']),
  fc.constant(['toString']),
);
const calls = fc.array(call, { maxLength: 12 });

describe('URLSearchParams', () => {
  test('after any calls hold what Node’s hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'ab=&+%41fC?#') }), calls, (query, list) =>
        agree(scriptOf(`new URLSearchParams(${JSON.stringify(query)})`, list, '[...it]')),
      ),
      { numRuns: 150 },
    );
  });

  test('that mix plain characters with broken escapes keep the plain ones, which Node loses', async () => {
    expect(await outcome("[...new URLSearchParams('é%aa=\u{1F600}%ff')]")).toEqual([['é\ufffd', '\u{1F600}\ufffd']]);
  });

  test('of a URL change it as in Node, whatever is called', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('http://h/', 'http://h/?a=1&b#f', 'a:opaque?x=1', 'http://h/p?'),
        calls,
        (url, list) => agree(`((u) => ${scriptOf('u.searchParams', list, '[u.href, u.search]')})(new URL('${url}'))`),
      ),
      { numRuns: 120 },
    );
  });

  test.each([
    "u.search = '?b=2'",
    "u.search = ''",
    "u.href = 'http://other/?z=9'",
    "u.hash = '#new'",
    "u.pathname = '/x'",
    "try { u.href = 'none'; } catch {}",
    'u.searchParams = 5',
  ])('follow their URL when it changes by %s', async (change) => {
    await agree(
      `((u) => { const p = u.searchParams; try { ${change}; } catch {} p.append('n', '1'); return [[...p], u.href, p === u.searchParams]; })(new URL('http://h/?a=1#f'))`,
    );
  });

  test('of one URL do not reach another made from it', async () => {
    await agree(
      "((u) => { const v = new URL(u); v.searchParams.set('a', '2'); return [u.href, v.href]; })(new URL('http://h/?a=1'))",
    );
    await agree(
      "((u) => { const p = new URLSearchParams(u.searchParams); p.set('a', '2'); return [u.href, String(p)]; })(new URL('http://h/?a=1'))",
    );
  });

  test.each([
    'for (const [k] of p) { seen.push(k); p.delete(k); }',
    "for (const [k] of p) { seen.push(k); if (seen.length < 6) p.append('n' + seen.length, ''); }",
    "p.forEach((v, k) => { seen.push(k); p.delete('b'); })",
    'p.forEach(function () { seen.push(this.x); }, { x: 1 })',
    'for (const each of [p.keys(), p.values(), p.entries(), p[Symbol.iterator]()]) seen.push([...each])',
    'const it = p.keys(); it.next(); p.sort(); seen.push(...it)',
  ])('are walked while they change, as in Node: %s', async (body) => {
    await agree(`((p, seen) => { ${body}; return seen; })(new URLSearchParams('c=1&b=2&a=3'), [])`);
  });

  test.each([
    'p.forEach(5)',
    'p.forEach()',
    'p.append(Symbol(), 1)',
    "p.append('a', Symbol())",
    'p.get(Symbol())',
    'p.has(Symbol())',
    'new URLSearchParams(Symbol())',
    'new URLSearchParams([["a"]])',
    'new URLSearchParams([5])',
    'new URLSearchParams({ [Symbol.iterator]: 5 })',
  ])('%s is refused, and changes nothing', async (expression) => {
    expect(
      await outcome(
        `((p) => { try { ${expression}; } catch (e) { return [e.name, String(p)]; } return 'taken'; })(new URLSearchParams('a=1'))`,
      ),
    ).toEqual(['TypeError', 'a=1']);
  });

  test('with keys of the language’s own are plain parameters', async () => {
    await agree("[...new URLSearchParams('__proto__=1&constructor=2&toString=3')]");
    await agree("((p) => [p.get('constructor'), p.has('__proto__'), ({}).x])(new URLSearchParams('__proto__[x]=1'))");
    await agree('[...new URLSearchParams(JSON.parse(\'{"constructor":"1","toString":"2"}\'))]');
  });

  test('are long if they must: ten thousand pairs', async () => {
    await agree(
      "((p) => { for (let i = 0; i < 10000; i++) p.append('k' + (i % 7), i); p.delete('k3'); p.sort(); return [p.size, String(p).length, p.getAll('k5').length]; })(new URLSearchParams())",
    );
  });
});
