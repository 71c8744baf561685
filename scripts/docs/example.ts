import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A TypeScript block of a page. */
export interface Example {
  /** Page, relative to the root. */
  readonly page: string;
  /** Line of the page on which the block's first line stands; 1-based. */
  readonly line: number;
  readonly text: string;
}

/** The ```` ```ts ```` blocks of a page. Throws when one is not closed. */
export function examplesOf(page: string, text: string): Example[] {
  const lines = text.split('\n');
  const examples: Example[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!/^```ts\s*$/.test(lines[at] ?? '')) continue;
    const end = lines.indexOf('```', at);
    if (end === -1) throw new Error(`${page}:${at + 1}: the block is not closed`);
    examples.push({ page, line: at + 2, text: `${lines.slice(at + 1, end).join('\n')}\n` });
    at = end;
  }
  return examples;
}

/** Pages whose examples have to compile: the README and the guides, but not the decision records. */
export function guidePages(root: string): string[] {
  return globSync(['README.md', 'docs/**/*.md'], { cwd: root, exclude: ['docs/adr/**'] }).map((file) =>
    file.replaceAll(path.sep, '/'),
  );
}

/** Compiles every example as a module of its own; returns an error a line, `page:line: message`. */
export function compileExamples(root: string, examples: readonly Example[]): string[] {
  if (examples.length === 0) return [];
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(path.join(root, '.cache', 'examples-'));
  try {
    // A block without imports is still a module: its names are its own.
    for (const [i, { text }] of examples.entries()) writeFileSync(path.join(folder, `${i}.ts`), `${text}export {};\n`);
    return compile(root, folder).map((line) => relocate(line, examples));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lines the compiler prints about a folder of modules. */
function compile(root: string, folder: string): string[] {
  const compilerOptions = { typeRoots: ['../../node_modules/@types'] };
  const config = { extends: '../../tsconfig.json', compilerOptions, exclude: [] };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const { status, stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '--pretty', 'false', '-p', folder], options);
  return status === 0 ? [] : stdout.trimEnd().split('\n');
}

/** `3.ts(2,5): error …` as the place in the page it came from. */
function relocate(line: string, examples: readonly Example[]): string {
  const [, file, row, message] = /^(\d+)\.ts\((\d+),\d+\): (.*)$/.exec(line) ?? [];
  const example = examples[Number(file)];
  return example === undefined ? line : `${example.page}:${example.line + Number(row) - 1}: ${message}`;
}
