import path from 'node:path';
import type { Finding } from './finding.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';
import { isNode, lineOf, type SyntaxNode } from './syntax.ts';

/** Where a name is defined, and whether a doc comment stands before it. */
interface Definition {
  readonly file: string;
  readonly line: number;
  readonly documented: boolean;
}

/** Every name that an entry of a workspace's `exports` offers has a doc comment where it is defined. */
export function checkFrontDoors(tree: SourceTree): Finding[] {
  return doorsOf(tree).flatMap((door) =>
    [...exportsOf(tree, door)].flatMap(([name, definitions]) => {
      const first = definitions[0];
      if (first === undefined || definitions.some((definition) => definition.documented)) return [];
      const message = `${name} is public and has no doc comment.`;
      const hint = 'Say what it means: units, ranges, the error codes it throws.';
      return [{ file: first.file, line: first.line, rule: 'undocumented', message, hint }];
    }),
  );
}

/** The source files of all entries; packs and templates are loaded whole and have none. */
function doorsOf(tree: SourceTree): SourceFile[] {
  return [...tree.packages].flatMap(([folder, { exports }]) => {
    const sources = Object.values(exports ?? {}).flatMap((entry) =>
      typeof entry === 'object' ? [entry['source']] : [],
    );
    const files = sources.map((source) => tree.files.get(path.posix.join(folder, source ?? '')));
    return files.filter((file) => file !== undefined);
  });
}

/** The names a module exports, each with its definitions in our files; a value and a type may share a name. */
function exportsOf(tree: SourceTree, file: SourceFile): Map<string, Definition[]> {
  const names = new Map<string, Definition[]>();
  const add = (name: string, definitions: readonly Definition[]): void => {
    names.set(name, [...(names.get(name) ?? []), ...definitions]);
  };
  for (const statement of file.syntax.body) {
    const source = sourceFile(tree, file, statement);
    if (statement.type === 'ExportAllDeclaration' && source !== undefined) {
      for (const [name, definitions] of exportsOf(tree, source)) add(name, definitions);
    }
    if (statement.type !== 'ExportNamedDeclaration') continue;
    for (const [name, definition] of declared(file, statement)) add(name, [definition]);
    for (const specifier of (statement['specifiers'] as SyntaxNode[] | undefined) ?? []) {
      const local = nameOf(specifier['local']);
      const from = statement['source'] ? source : file;
      if (from !== undefined) add(nameOf(specifier['exported']), definitionsOf(tree, from, local, from === file));
    }
  }
  return names;
}

function definitionsOf(tree: SourceTree, file: SourceFile, name: string, own: boolean): Definition[] {
  if (!own) return exportsOf(tree, file).get(name) ?? [{ file: file.path, line: 1, documented: false }];
  const found = file.syntax.body.flatMap((statement) => declarationsIn(file, statement, statement));
  return found.filter(([found]) => found === name).map(([, definition]) => definition);
}

function declared(file: SourceFile, statement: SyntaxNode): [string, Definition][] {
  const declaration = statement['declaration'];
  return isNode(declaration) ? declarationsIn(file, declaration, statement) : [];
}

function declarationsIn(file: SourceFile, declaration: SyntaxNode, statement: SyntaxNode): [string, Definition][] {
  const comments = statement.leadingComments ?? [];
  const documented = comments.some((comment) => comment.type === 'CommentBlock' && comment.value.startsWith('*'));
  const definition = { file: file.path, line: lineOf(statement), documented };
  if (declaration.type === 'VariableDeclaration') {
    const ids = (declaration['declarations'] as SyntaxNode[]).map((declarator) => nameOf(declarator['id']));
    return ids.map((name) => [name, definition]);
  }
  return isNode(declaration['id']) ? [[nameOf(declaration['id']), definition]] : [];
}

function sourceFile(tree: SourceTree, file: SourceFile, statement: SyntaxNode): SourceFile | undefined {
  const source = statement['source'] as { value?: string } | null | undefined;
  if (!source?.value?.startsWith('.')) return undefined;
  return tree.files.get(path.posix.join(path.posix.dirname(file.path), source.value));
}

function nameOf(node: unknown): string {
  const { name, value } = node as { name?: string; value?: string };
  return name ?? value ?? '';
}
