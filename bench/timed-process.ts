import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process that ended well. */
export interface TimedProcess {
  /** From its start until it was gone, in milliseconds. */
  readonly ms: number;
  readonly stdout: string;
}

/** Runs Node with nothing in its environment but the path; throws when it fails. */
export async function timeNode(...args: string[]): Promise<TimedProcess> {
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with status ${status}.`);
  return { ms, stdout };
}

/** The floor of every start of a process: Node doing nothing. */
export async function timeBareNode(): Promise<number> {
  return (await timeNode('-e', '0')).ms;
}
