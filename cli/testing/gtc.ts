import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

/** The folder of all workspaces. */
export const REPOSITORY = path.join(import.meta.dirname, '..', '..');

/** Longest a command may take, in milliseconds; a test that waits longer has found a hang. */
const COMMAND_MS = 180_000;

/** What a command said and how it ended. */
export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The `result` of its last line on stdout, with `--json`. */
  readonly result: unknown;
  /** The `error` of its last line on stderr, with `--json`. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | undefined;
}

/** Starts `gtc` in a process of its own, from the sources as they are: there is no build to be out of date. */
export function spawnGtc(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
  const program = path.join(REPOSITORY, 'cli', 'gtc.ts');
  return spawn(process.execPath, ['--conditions=source', program, ...args], {
    env: { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: path.join(REPOSITORY, '.cache', 'compile'), ...env },
  });
}

/** Runs `gtc` with exactly these arguments. */
export async function runPlain(args: readonly string[], input = ''): Promise<Ran> {
  return await ended(spawnGtc(args), input);
}

/** Runs `gtc … --json`. */
export async function run(args: readonly string[], input = ''): Promise<Ran> {
  return await runPlain([...args, '--json'], input);
}

/** Runs a command that has to succeed; gives its result. */
export async function gtc<T = unknown>(args: readonly string[], input?: string): Promise<T> {
  const { exit, result, stderr } = await run(args, input);
  if (exit === 0) return result as T;
  throw new Error(`gtc ${args.join(' ')} ended with ${exit}: ${stderr}`);
}

/** What a started command said, when it has ended. */
export async function ended(child: ChildProcessWithoutNullStreams, input = ''): Promise<Ran> {
  // A command that ends before it reads its input breaks the pipe, which is no failure of the command.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const timer = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exit] = await Promise.all([buffer(child.stdout), buffer(child.stderr), exited]);
  clearTimeout(timer);
  return ranOf(exit, stdout.toString(), stderr.toString());
}

/** What a command said, with what its last lines mean. */
export function ranOf(exit: number | null, stdout: string, stderr: string): Ran {
  return { exit, stdout, stderr, result: lastLine(stdout)['result'], error: lastLine(stderr)['error'] as Ran['error'] };
}

function lastLine(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') ?? {};
  } catch {
    return {};
  }
}
