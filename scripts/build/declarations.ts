import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Outcome } from './bundle.ts';
import { isFresh, recordStamp, writeAtomic } from './stamp.ts';
import { TARGETS, type Target } from './target.ts';

const step = 'declarations';
const outDir = path.join('.cache', step);
const slots = path.join('core', 'slots');

/**
 * Emits the declarations of each front door into its workspace's `dist`. The SDK's take the slot types along, so that its
 * package needs no other. Types are not checked here: `npm run types` does that.
 */
export function declare(root: string): Outcome {
  const targets = TARGETS.filter((target) => frontDoors(root, target).length > 0);
  const fronts = targets.flatMap((target) => frontDoors(root, target));
  const workspaces = targets.map((target) => target.workspace);
  const settings = JSON.stringify([fronts, readFileSync(import.meta.filename, 'utf8')]);
  if (isFresh(root, step, settings)) return 'fresh';
  emit(root, fronts);
  const inputs = sources(root, workspaces);
  const outputs = workspaces.flatMap((workspace) => publish(root, workspace));
  recordStamp(root, step, settings, { inputs, outputs });
  return 'built';
}

/** Source files of a target whose declarations are published: those that become an `index`. */
function frontDoors(root: string, { workspace, entries }: Target): string[] {
  const indexes = Object.entries(entries).filter(([name]) => path.basename(name) === 'index');
  const files = indexes.map(([, source]) => path.join(workspace, source));
  return files.filter((file) => existsSync(path.join(root, file)));
}

function emit(root: string, fronts: readonly string[]): void {
  const config = path.join(root, '.cache', 'tsconfig.declarations.json');
  rmSync(path.join(root, outDir), { recursive: true, force: true });
  mkdirSync(path.dirname(config), { recursive: true });
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    noCheck: true,
    rootDir: '..',
    outDir: step,
    typeRoots: ['../node_modules/@types'],
  };
  const files = [...fronts, path.join(slots, 'types.ts')].map((file) => path.join('..', file));
  writeAtomic(config, JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: [], files }));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', config], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

function sources(root: string, workspaces: readonly string[]): string[] {
  const patterns = workspaces.map((workspace) => `${workspace}/**/*.ts`);
  const all = globSync(patterns, { cwd: root, exclude: ['**/dist/**', '**/node_modules/**'] });
  return ['tsconfig.json', 'package-lock.json', ...all.filter((file) => !file.endsWith('.test.ts'))];
}

/** Copies a workspace's emitted files into its `dist`; returns them. */
function publish(root: string, workspace: string): string[] {
  const dist = path.join(workspace, 'dist');
  const from = (folder: string): string[] => globSync('**/*.d.ts', { cwd: path.join(root, outDir, folder) });
  const own = from(workspace).map((file) => ({ file, source: path.join(root, outDir, workspace, file) }));
  const taken = workspace === 'sdk' ? from(slots).filter((file) => !file.startsWith('contract')) : [];
  const all = [
    ...own,
    ...taken.map((file) => ({ file: path.join('slots', file), source: path.join(root, outDir, slots, file) })),
  ];
  for (const { file, source } of all) {
    const text = relink(readFileSync(source, 'utf8'), workspace === 'sdk' ? path.dirname(file) : undefined);
    writeAtomic(path.join(root, dist, file), text);
  }
  return all.map(({ file }) => path.join(dist, file));
}

/**
 * Points a declaration's imports at what is published: `.ts` becomes `.js` and, in a file of the SDK that lies in `folder`
 * of its `dist`, the slot types of the core become the copy beside it. Throws when a file of the SDK needs another package.
 */
export function relink(text: string, folder: string | undefined): string {
  return text.replaceAll(
    /\b(from |import\()(['"])([^'"]+)\2/g,
    (_, start: string, quote: string, specifier: string) => {
      let target = specifier;
      if (folder !== undefined && specifier === '@greentic/core/slots') {
        const relative = path.posix.relative(folder.replaceAll(path.sep, '/'), 'slots/types.js');
        target = relative.startsWith('.') ? relative : `./${relative}`;
      } else if (specifier.startsWith('.')) {
        target = specifier.replace(/\.ts$/, '.js');
      } else if (folder !== undefined) {
        throw new Error(`The SDK's declarations may not import ${specifier}: its package has no dependencies.`);
      }
      return `${start}${quote}${target}${quote}`;
    },
  );
}
