import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ImportEdge, importsOf } from './import-edge.ts';
import { parseModule, type Syntax } from './syntax.ts';

/** What the checks read of a package.json. */
export interface PackageFile {
  readonly name?: string;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A TypeScript file of ours. Paths are relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  /** Folder of the workspace it belongs to: `core`, `envpacks/state/kv`; `.` for the root's own. */
  readonly workspace: string;
  readonly text: string;
  readonly lines: number;
  /** Whether it is a test, or there only for tests. */
  readonly isTest: boolean;
  readonly syntax: Syntax;
  readonly imports: readonly ImportEdge[];
}

/** Everything the checks look at. */
export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** By workspace folder; `.` is the root. */
  readonly packages: ReadonlyMap<string, PackageFile>;
}

/** Tests, mutants and what only they use; the SDK’s `testing` is for other people’s tests, and so a product. */
const TEST = /\.(?:test|fixture)\.ts$|(?<!^sdk)\/testing\/|\/mutants\/|\/testbed\.ts$/;

const skipped = ['**/node_modules/**', '**/dist/**', '**/fixtures/**', '.cache/**'];

/** Reads and parses every TypeScript file under a root. Throws when one does not parse. */
export function readTree(root: string): SourceTree {
  const packages = readPackages(root);
  const files = new Map<string, SourceFile>();
  for (const found of globSync('**/*.ts', { cwd: root, exclude: skipped })) {
    const file = found.replaceAll(path.sep, '/');
    if (!file.endsWith('.d.ts')) files.set(file, readSource(root, file, [...packages.keys()]));
  }
  return { files, packages };
}

function readSource(root: string, file: string, workspaces: readonly string[]): SourceFile {
  const text = readFileSync(path.join(root, file), 'utf8');
  const syntax = parseModule(text, file);
  return {
    path: file,
    workspace: workspaces.find((folder) => file.startsWith(`${folder}/`)) ?? '.',
    text,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    isTest: TEST.test(file),
    syntax,
    imports: importsOf(syntax),
  };
}

function readPackages(root: string): Map<string, PackageFile> {
  const read = (folder: string): PackageFile =>
    JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
  const own = read('.');
  const folders = (own.workspaces ?? []).flatMap((pattern) => globSync(pattern, { cwd: root }));
  const present = folders.filter((folder) => existsSync(path.join(root, folder, 'package.json')));
  return new Map([['.', own], ...present.map((folder) => [folder.replaceAll(path.sep, '/'), read(folder)] as const)]);
}
