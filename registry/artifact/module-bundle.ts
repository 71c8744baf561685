import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GreenticError } from '@greentic/core';
import type { BuildFailure, BuildOptions, Message, Metafile } from 'esbuild';
import { type Material, materialsOf } from './material.ts';
import { nameSource } from './source-name.ts';

/** Everything that decides the output. The author's tsconfig does not: it would make the digest depend on where it lies. */
const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  // Honours the `browser` maps by which libraries leave Node's modules out.
  platform: 'browser',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  mainFields: ['browser', 'module', 'main'],
  charset: 'utf8',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
  tsconfigRaw: '{}',
  logLevel: 'silent',
  // What esbuild leaves in the output to be resolved at run time; there, nothing is left to resolve it.
  logOverride: {
    'unsupported-dynamic-import': 'error',
    'unsupported-require-call': 'error',
    'require-resolve-not-external': 'error',
  },
} as const satisfies BuildOptions;

/** One ES module, and the packages it was made of. */
export interface ModuleBundle {
  /** UTF-8. */
  readonly module: Uint8Array;
  readonly materials: readonly Material[];
}

/** Bundles an entry with all it imports into one ES module. Throws `pack/build-failed`. */
export async function bundleModule(root: string, entry: string): Promise<ModuleBundle> {
  const { outputFiles, metafile } = await runEsbuild(root, entry);
  await assertSelfContained(root, metafile);
  const [output, second] = outputFiles;
  if (output === undefined || second !== undefined) {
    throw new GreenticError('pack/build-failed', 'The code must bundle into one module; it gives several files.');
  }
  if (!Object.values(metafile.outputs).some(({ exports }) => exports.includes('default'))) {
    throw new GreenticError('pack/build-failed', `${entry}: the entry must have a default export.`);
  }
  const sources = await Promise.all(Object.keys(metafile.inputs).map((input) => nameSource(root, input)));
  const names = new Map(Object.keys(metafile.inputs).map((input, i) => [input, sources[i]?.name ?? input]));
  const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const inOutput = new Set(
    used.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([input]) => names.get(input)),
  );
  // esbuild's stand-in for a disabled module has a package's name and nothing of its content.
  const read = sources.filter(({ name }) => !name.startsWith('(disabled):'));
  const materials = await materialsOf(read.map((source) => ({ ...source, bundled: inOutput.has(source.name) })));
  return { module: Buffer.from(renameSources(output.text, names)), materials };
}

async function runEsbuild(root: string, entry: string) {
  // Loaded when it is needed: installing and verifying do without the compiler.
  const { build } = await import('esbuild');
  try {
    return await build({ ...OPTIONS, absWorkingDir: root, entryPoints: [entry] });
  } catch (error) {
    const errors = (error as Partial<BuildFailure>).errors;
    if (errors === undefined) throw error;
    const problems = errors.slice(0, 10).map(describe);
    throw new GreenticError('pack/build-failed', problems.join('\n'), { cause: error, details: { problems } });
  }
}

function describe({ location, text }: Message): string {
  return location === null ? text : `${location.file}:${location.line}: ${text}`;
}

/** Some imports esbuild leaves alone without a word: URLs, and a `require` inside a `try`. */
async function assertSelfContained(root: string, { inputs }: Metafile): Promise<void> {
  for (const [file, { imports }] of Object.entries(inputs)) {
    const external = imports.find((imported) => imported.external === true && !/^<|^\(disabled\):/.test(imported.path));
    if (external === undefined) continue;
    const lines = (await readFile(join(root, file), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes(external.path)) + 1;
    throw new GreenticError('pack/build-failed', `${file}:${line}: Could not resolve "${external.path}"`);
  }
}

/**
 * esbuild names each source in the output, in comments and as keys of CommonJS modules, by its path from the root: names
 * that depend on where packages are installed give way to the package's own.
 */
function renameSources(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(
    /^(\s*)(\/\/ |")(.+?)(|"\(.*)$/gm,
    (line, indent: string, open: string, path: string, rest: string) => {
      const name = names.get(path);
      return name === undefined ? line : `${indent}${open}${name}${rest}`;
    },
  );
}
