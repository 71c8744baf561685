import { parse } from '@babel/parser';

/** A node of the syntax tree, of any kind. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly leadingComments?: readonly Comment[] | null;
  readonly [key: string]: unknown;
}

/** A comment, without its marks. */
export interface Comment {
  readonly type: 'CommentBlock' | 'CommentLine';
  readonly value: string;
  readonly loc?: { readonly start: { readonly line: number } };
}

/** A parsed module: its top-level statements, and all its comments. */
export interface Syntax {
  readonly body: readonly SyntaxNode[];
  readonly comments: readonly Comment[];
}

/** Parses a TypeScript module. Throws a SyntaxError that names line and column. */
export function parseModule(text: string, file: string): Syntax {
  const result = parse(text, { sourceType: 'module', sourceFilename: file, plugins: ['typescript'] });
  return { body: result.program.body as unknown as SyntaxNode[], comments: (result.comments ?? []) as Comment[] };
}

/** Every node under the given ones, parents first. */
export function* nodesOf(nodes: readonly SyntaxNode[]): Generator<SyntaxNode> {
  for (const node of nodes) {
    yield node;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'loc' || key.endsWith('Comments')) continue;
      yield* nodesOf((Array.isArray(value) ? value : [value]).filter(isNode));
    }
  }
}

/** First line of a node; 1 when the parser did not say. */
export function lineOf(node: SyntaxNode): number {
  return node.loc?.start.line ?? 1;
}

/** Whether a value is a node of the tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
