import fc from 'fast-check';
import { expect, test } from 'vitest';
import { knotsOf } from './cycle.ts';

const graphs = fc
  .array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 8, maxLength: 8 })
  .map((rows) => new Map(rows.map((targets, node) => [`${node}`, targets.map(String)] as const)));

/** Nodes that can be reached in one step or more, by plain search. */
function reachable(graph: ReadonlyMap<string, readonly string[]>, from: string): Set<string> {
  const seen = new Set<string>();
  const open = [...(graph.get(from) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return seen;
}

test('a file is in a knot exactly when it reaches itself', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const expected = [...graph.keys()].filter((node) => reachable(graph, node).has(node));
      expect(knotsOf(graph).flat().sort()).toEqual(expected.sort());
    }),
  );
});

test('two files are in one knot exactly when they reach each other', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      for (const knot of knotsOf(graph)) {
        for (const node of knot) {
          const mutual = [...reachable(graph, node)].filter((other) => reachable(graph, other).has(node));
          expect(mutual.sort()).toEqual(knot);
        }
      }
    }),
  );
});

test('a file that imports itself is a knot of one', () => {
  expect(knotsOf(new Map([['a', ['a']]]))).toEqual([['a']]);
});
