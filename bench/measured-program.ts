import path from 'node:path';
import { build } from 'esbuild';
import { bundle } from '../scripts/build/bundle.ts';
import { TARGETS } from '../scripts/build/target.ts';
import { type TimedProcess, timeNode } from './timed-process.ts';

const root = path.join(import.meta.dirname, '..');
const PROGRAMS = ['start', 'install', 'index-refresh', 'stock-index', 'evidence', 'call', 'worker', 'store'] as const;

/** A program that is measured in a process of its own. */
export type ProgramName = (typeof PROGRAMS)[number];

/** What a program said, and how long its process took. */
export interface ProgramRun<T> extends Pick<TimedProcess, 'ms'> {
  readonly answer: T;
}

/** Builds what users run, and the measured programs the way the command line is built: what is measured is what ships. */
export async function buildPrograms(): Promise<void> {
  for (const target of TARGETS) await bundle(root, target);
  const cli = TARGETS.find(({ name }) => name === 'cli');
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    charset: 'utf8',
    logLevel: 'error',
    packages: 'external',
    ...cli?.options,
    splitting: false,
    entryPoints: PROGRAMS.map((name) => path.join(root, 'bench', 'program', `${name}.ts`)),
    outdir: path.join(root, 'bench', 'dist'),
  });
}

/** Runs a measured program with one argument, as JSON; it answers with one line of JSON. */
export async function runProgram<T>(name: ProgramName, input: object): Promise<ProgramRun<T>> {
  const file = path.join(root, 'bench', 'dist', `${name}.js`);
  const { ms, stdout } = await timeNode('--expose-gc', file, JSON.stringify(input));
  return { ms, answer: JSON.parse(stdout) as T };
}

/** Runs the command line as it is installed. */
export function runCommandLine(...args: string[]): Promise<TimedProcess> {
  return timeNode(path.join(root, 'cli', 'bin', 'gtc.js'), ...args);
}
