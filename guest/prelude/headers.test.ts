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

describe('Headers', () => {
  test.each([
    '{}',
    'undefined',
    'null',
    '5',
    "'text'",
    "{ 'X-A': 1, 'x-b': ' padded\\t' }",
    "[['b', '2'], ['a', '1'], ['B', '3']]",
    "new Map([['a', 'b']])",
    "new Headers({ a: 'b' })",
    "[['a']]",
    "[['a', 'b', 'c']]",
    "[['set-cookie', 'a=1'], ['x', 'y'], ['Set-Cookie', 'b=2']]",
    "{ a: 'x\\ny' }",
    "{ a: '\\nxy\\r\\n' }",
    "{ a: 'x\\0y' }",
    "{ a: 'é' }",
    "{ a: '€' }",
    "{ a: '' }",
    "{ '': 'x' }",
    "{ 'a b': 'x' }",
    "{ 'a:b': 'x' }",
    "{ 'é': 'x' }",
    '{ a: Symbol() }',
    '{ [Symbol()]: 1 }',
  ])('made from %s end as in Node', async (init) => {
    await agree(`[...new Headers(${init})]`);
  });

  test('every byte is allowed in a name or refused as in Node', async () => {
    await agree(
      "Array.from({ length: 256 }, (_, i) => { try { new Headers([['a' + String.fromCharCode(i), 'x']]); return i; } catch { return -1; } })",
    );
  });

  test('every byte is allowed in a value or refused as in Node', async () => {
    await agree(
      "Array.from({ length: 300 }, (_, i) => { try { return new Headers([['a', 'x' + String.fromCharCode(i) + 'y']]).get('a'); } catch { return -1; } })",
    );
  });

  test('change and are read as in Node', async () => {
    await agree(`(() => {
      const h = new Headers({ b: '1' }), seen = [];
      h.append('B', '2'); h.set('a', 'x'); h.append('set-cookie', 'p'); h.append('set-cookie', 'q');
      seen.push(h.get('b'), h.get('B'), h.has('A'), h.get('none'), h.get('set-cookie'), h.getSetCookie(), [...h]);
      h.set('b', 'y'); h.delete('A'); seen.push([...h.entries()], [...h.keys()], [...h.values()]);
      h.forEach((value, name, all) => seen.push([value, name, all === h]));
      return seen;
    })()`);
    for (const call of ["h.append('a b', 'x')", "h.set('a', '\\n\\0')", "h.get('')", "h.has('é')", "h.delete('(')"]) {
      await agree(`((h) => ${call})(new Headers())`);
    }
  });

  test('that came with a response of the network cannot be changed', async () => {
    await agree("Response.error().headers.set('a', 'b')");
    await agree("Response.redirect('http://h/').headers.delete('location')");
  });
});
