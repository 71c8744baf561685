import path from 'node:path';
import { splitSpecifier } from './arrow.ts';
import type { Finding } from './finding.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';

/** No file reaches itself through imports that are left at run time. */
export function checkCycles(tree: SourceTree): Finding[] {
  const graph = new Map([...tree.files.values()].map((file) => [file.path, targetsOf(tree, file)] as const));
  return knotsOf(graph).map((knot) => ({
    file: knot[0] ?? '',
    line: 1,
    rule: 'cycle',
    message: `These files import each other: ${knot.join(', ')}.`,
    hint: 'Move what both need into a file below them, or use `import type` where only types are needed.',
  }));
}

function targetsOf(tree: SourceTree, file: SourceFile): string[] {
  const targets = file.imports.filter((edge) => !edge.typeOnly).map((edge) => resolve(tree, file.path, edge.specifier));
  return targets.filter((target) => target !== undefined && tree.files.has(target)) as string[];
}

function resolve(tree: SourceTree, from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(from), specifier);
  const [name, entry] = splitSpecifier(specifier);
  const found = [...tree.packages].find(([, pack]) => pack.name === name);
  const target = found?.[1].exports?.[entry];
  const source = typeof target === 'object' ? target['source'] : undefined;
  return found === undefined || source === undefined ? undefined : path.posix.join(found[0], source);
}

/** Strongly connected components that are a cycle, by Tarjan's algorithm; each sorted, all in a stable order. */
export function knotsOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const knots: string[][] = [];
  const visit = (node: string): number => {
    const own = index.size;
    index.set(node, own);
    stack.push(node);
    let lowest = own;
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, low.get(next) ?? index.get(next) ?? own);
    }
    low.set(node, lowest);
    if (lowest === own) {
      const knot = stack.splice(stack.lastIndexOf(node));
      if (knot.length > 1 || graph.get(node)?.includes(node)) knots.push(knot.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return knots.sort((a, b) => (a[0] ?? '').localeCompare(b[0] ?? ''));
}
