import { lineOf, nodesOf, type Syntax, type SyntaxNode } from './syntax.ts';

/** One import of a module: static or dynamic, of values or of types only. */
export interface ImportEdge {
  readonly specifier: string;
  readonly line: number;
  /** Nothing of it is left at run time. With `verbatimModuleSyntax` only `import type` and `export type` are erased whole. */
  readonly typeOnly: boolean;
  /** Loaded when it is reached, by `import()`. */
  readonly dynamic: boolean;
}

/** Every import of a module whose specifier is written out. */
export function importsOf(syntax: Syntax): ImportEdge[] {
  return [...nodesOf(syntax.body)].flatMap((node) => {
    const source = sourceOf(node);
    if (source === undefined) return [];
    const typeOnly = node.type === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type';
    const dynamic = node.type === 'ImportExpression' || node.type === 'CallExpression';
    return [{ specifier: source, line: lineOf(node), typeOnly, dynamic }];
  });
}

function sourceOf(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return literal(node['source'] ?? node['argument']);
    case 'CallExpression':
      return (node['callee'] as SyntaxNode).type === 'Import'
        ? literal((node['arguments'] as unknown[])[0])
        : undefined;
    default:
      return undefined;
  }
}

function literal(value: unknown): string | undefined {
  const node = value as { type?: string; value?: unknown; literal?: unknown } | null | undefined;
  if (node?.type === 'TSLiteralType') return literal(node.literal);
  return node?.type === 'StringLiteral' && typeof node.value === 'string' ? node.value : undefined;
}
