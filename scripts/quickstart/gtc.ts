import { spawn } from 'node:child_process';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';

const launcher = path.join(import.meta.dirname, '..', '..', 'cli', 'bin', 'gtc.js');

/** What a command said and how it ended. */
export interface Ran {
  readonly exit: number | null;
  readonly ms: number;
  readonly result: unknown;
  readonly error: { code: string; message: string; hint: string } | undefined;
}

/** Runs `gtc` as a user does, in a process of its own, with `--json`. */
export async function run(args: readonly string[], input = ''): Promise<Ran> {
  const started = performance.now();
  const child = spawn(process.execPath, [launcher, ...args, '--json'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exit] = await Promise.all([buffer(child.stdout), buffer(child.stderr), exited]);
  const line = (bytes: Buffer) => bytes.toString().trimEnd().split('\n').at(-1) ?? '';
  const { result } = parse(line(stdout)) as { result?: unknown };
  const { error } = parse(line(stderr)) as { error?: Ran['error'] };
  return { exit, ms: performance.now() - started, result, error };
}

/** Runs a command that has to succeed; gives its result. */
export async function gtc<T>(args: readonly string[], input?: string): Promise<T> {
  const { exit, result, error } = await run(args, input);
  if (exit === 0) return result as T;
  throw new Error(`gtc ${args.join(' ')} ended with ${exit}: ${error?.code} ${error?.message} ${error?.hint}`);
}

/** A running `gtc serve`. */
export interface Serving {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `gtc serve` and waits until it says where it listens. */
export async function serve(args: readonly string[]): Promise<Serving> {
  const child = spawn(process.execPath, [launcher, 'serve', ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (text.includes('\n')) return;
      text += chunk.toString();
      const event = text.includes('\n') ? (parse(text.split('\n')[0] ?? '') as { url?: string }) : {};
      if (event.url !== undefined) resolve(event.url);
    });
    child.once('close', () => reject(new Error(`gtc serve ended before it served: ${errors}`)));
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
