import type { Finding } from './finding.ts';
import type { SourceFile, SourceTree } from './source-tree.ts';
import { lineOf, nodesOf } from './syntax.ts';

/** Names that say nothing about what lies in them. */
const EMPTY_NAMES = new Set(['utils', 'util', 'common', 'shared', 'helpers', 'helper', 'types', 'lib', 'misc']);

/** Names of this house that would be empty elsewhere: the type-only entry of the slots. */
const EXCEPTIONS = new Set(['core/slots/types.ts']);

/** Words about making the code, which mean nothing to its next reader. */
const PLAN_WORDS = /\b(?:TODO|FIXME|XXX|HACK|[Ss]keleton|[Ff]or now|Phase [0-9A-D])\b/;

/** Files that export by default because something loads them by path: packs, bundles, configuration and reporters. */
const LOADED = /^(envpacks|templates|conformance\/mutants)\/|(^|\/)vitest\.config\.ts$|^scripts\/tally\.ts$|^bench\//;

/** Names, comments, `any` and default exports. */
export function checkWording(tree: SourceTree): Finding[] {
  return [...tree.files.values()].flatMap((file) => [
    ...checkName(file),
    ...checkComments(file),
    ...checkAny(file),
    ...checkDefaultExport(file),
  ]);
}

function checkName(file: SourceFile): Finding[] {
  const parts = file.path.replace(/(\.test)?\.ts$/, '').split('/');
  const empty = EXCEPTIONS.has(file.path) ? undefined : parts.find((part) => EMPTY_NAMES.has(part));
  const hint = 'Put the code beside the noun it serves.';
  if (empty !== undefined)
    return [{ file: file.path, line: 1, rule: 'name', message: `"${empty}" names nothing.`, hint }];
  const odd = parts.find((part) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(part));
  if (odd === undefined) return [];
  return [
    {
      file: file.path,
      line: 1,
      rule: 'name',
      message: `"${odd}" is not kebab-case.`,
      hint: 'Name the file after its noun, in kebab-case.',
    },
  ];
}

function checkComments(file: SourceFile): Finding[] {
  if (file.path.startsWith('scripts/structure')) return [];
  return file.syntax.comments.flatMap((comment) => {
    const word = PLAN_WORDS.exec(comment.value)?.[0];
    if (word === undefined) return [];
    const message = `The comment speaks of the plan ("${word}").`;
    return [
      {
        file: file.path,
        line: comment.loc?.start.line ?? 1,
        rule: 'plan-word',
        message,
        hint: 'Say what is, and why.',
      },
    ];
  });
}

function checkAny(file: SourceFile): Finding[] {
  const rows = file.text.split('\n');
  const places = [...nodesOf(file.syntax.body)].filter((node) => node.type === 'TSAnyKeyword').map(lineOf);
  const bare = places.filter((line) => !hasReason(rows, line));
  const hint = 'Use unknown and narrow it, or give the reason in a comment on this line.';
  return bare.map((line) => ({ file: file.path, line, rule: 'any', message: '`any` without a reason.', hint }));
}

function hasReason(rows: readonly string[], line: number): boolean {
  const ignored = /biome-ignore lint\/suspicious\/noExplicitAny: \S/.test(rows[line - 2] ?? '');
  return ignored || /(\/\/|\/\*)\s*\S/.test(rows[line - 1] ?? '');
}

function checkDefaultExport(file: SourceFile): Finding[] {
  if (file.isTest || LOADED.test(file.path)) return [];
  const found = file.syntax.body.filter((node) => node.type === 'ExportDefaultDeclaration');
  const hint = 'Export it by name: a default export marks a file that is loaded by path, a pack.';
  return found.map((node) => ({
    file: file.path,
    line: lineOf(node),
    rule: 'default-export',
    message: 'Default export.',
    hint,
  }));
}
