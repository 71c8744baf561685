import { existsSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, version } from 'esbuild';
import { isFresh, recordStamp, writeAtomic } from './stamp.ts';
import type { Target } from './target.ts';

const usual: BuildOptions = {
  bundle: true,
  write: false,
  metafile: true,
  platform: 'node',
  packages: 'external',
  format: 'esm',
  target: 'node24',
  charset: 'utf8',
  logLevel: 'silent',
};

/** What became of one target. */
export type Outcome = 'built' | 'fresh' | 'missing';

/** Bundles one target into its workspace's `dist`, unless its outputs come from the same inputs already. Throws esbuild's own error. */
export async function bundle(root: string, target: Target): Promise<Outcome> {
  const folder = path.join(root, target.workspace);
  if (missingEntries(root, target).length > 0) return 'missing';
  const settings = JSON.stringify([version, usual, target]);
  if (isFresh(root, target.name, settings)) return 'fresh';
  const entryPoints = Object.fromEntries(
    Object.entries(target.entries).map(([name, source]) => [name, path.join(folder, source)]),
  );
  const result = await build({
    ...usual,
    ...target.options,
    entryPoints,
    absWorkingDir: root,
    outdir: path.join(folder, 'dist'),
  });
  const outputs = result.outputFiles ?? [];
  for (const output of outputs) writeAtomic(output.path, output.contents);
  recordStamp(root, target.name, settings, {
    inputs: [...Object.keys(result.metafile?.inputs ?? {}), ...packageFileOf(root, target)],
    outputs: outputs.map((output) => path.relative(root, output.path)),
  });
  return 'built';
}

/** The package file of a target, if it has one: what it says of side effects decides what is left out of a bundle. */
function packageFileOf(root: string, { workspace }: Target): string[] {
  const file = path.join(workspace, 'package.json');
  return existsSync(path.join(root, file)) ? [file] : [];
}

/** Entries of a target that do not exist, as paths relative to the root. */
export function missingEntries(root: string, target: Target): string[] {
  const sources = Object.values(target.entries).map((source) => path.join(target.workspace, source));
  return sources.filter((source) => !existsSync(path.join(root, source)));
}
