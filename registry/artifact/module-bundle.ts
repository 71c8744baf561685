import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GreenticError } from '@greentic/core';
import type { BuildFailure, BuildOptions, Message, Metafile } from 'esbuild';
import { stableName } from './source-name.ts';

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

/**
 * Bundles an entry with all it imports into the UTF-8 bytes of one ES module. Throws `pack/build-failed`.
 */
export async function bundleModule(root: string, entry: string): Promise<Uint8Array> {
  const { outputFiles, metafile } = await runEsbuild(root, entry);
  await assertSelfContained(root, metafile);
  const [output, second] = outputFiles;
  if (output === undefined || second !== undefined) {
    throw new GreenticError('pack/build-failed', 'The code must bundle into one module; it gives several files.');
  }
  if (!Object.values(metafile.outputs).some(({ exports }) => exports.includes('default'))) {
    throw new GreenticError('pack/build-failed', `${entry}: the entry must have a default export.`);
  }
  return Buffer.from(await renameSources(output.text, root, Object.keys(metafile.inputs)));
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
async function renameSources(text: string, root: string, inputs: readonly string[]): Promise<string> {
  const names = new Map(
    await Promise.all(inputs.map(async (input) => [input, await stableName(root, input)] as const)),
  );
  return text.replace(
    /^(\s*)(\/\/ |")(.+?)(|"\(.*)$/gm,
    (line, indent: string, open: string, path: string, rest: string) => {
      const name = names.get(path);
      return name === undefined ? line : `${indent}${open}${name}${rest}`;
    },
  );
}
