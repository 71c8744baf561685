import type { BuildOptions } from 'esbuild';

/** One run of esbuild: entries of a workspace, and the files they become in its `dist` folder. */
export interface Target {
  /** Unique name, shown while building: `core`, `core:child`. */
  readonly name: string;
  readonly workspace: string;
  /** Name in `dist`, without ending, to source path inside the workspace. */
  readonly entries: Readonly<Record<string, string>>;
  /** What differs from the usual: ES modules for Node 24, all packages external. */
  readonly options: BuildOptions;
}

const front = (workspace: string): Target => ({
  name: workspace,
  workspace,
  entries: { index: 'index.ts' },
  options: {},
});

/** A process's program: one file, so that a child that may read one folder starts with one read. */
const program = (workspace: string, name: string, source: string): Target => ({
  name: `${workspace}:${name}`,
  workspace,
  entries: { [name]: source },
  options: {},
});

/** The world inside an isolate: a script rather than a module, and nothing to import from. */
const prelude: Target = {
  name: 'guest:prelude',
  workspace: 'guest',
  entries: { prelude: 'prelude/index.ts' },
  options: {
    platform: 'neutral',
    packages: 'bundle',
    format: 'iife',
    target: 'es2024',
    minify: true,
    mainFields: ['module', 'main'],
    conditions: ['source', 'import'],
    legalComments: 'external',
  },
};

/** Everything that is built, in order. A missing entry is an error. */
export const TARGETS: readonly Target[] = [
  prelude,
  program('guest', 'child', 'child.ts'),
  front('guest'),
  front('core'),
  {
    name: 'sdk',
    workspace: 'sdk',
    entries: { index: 'index.ts', 'testing/index': 'testing/index.ts' },
    // Both entries share one class of errors.
    options: { splitting: true, chunkNames: 'chunk-[hash]' },
  },
  {
    name: 'registry',
    workspace: 'registry',
    entries: { index: 'index.ts', 'server/index': 'server/index.ts' },
    options: { splitting: true, chunkNames: 'chunk-[hash]' },
  },
  front('conformance'),
  front('operator'),
  front('runtime'),
  program('runtime', 'worker', 'worker/child.ts'),
  {
    name: 'cli',
    workspace: 'cli',
    entries: { gtc: 'gtc.ts' },
    // Each command is loaded when it is called, with what it needs of every package and no more. What brings binaries of
    // its own or imports what is not installed stays outside; `require` is there for packages in the older module format.
    options: {
      splitting: true,
      chunkNames: 'chunk-[hash]',
      packages: 'bundle',
      external: ['isolated-vm', 'esbuild', '@cyclonedx/cyclonedx-library'],
      conditions: ['source'],
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'external',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    },
  },
];
