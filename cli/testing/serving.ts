import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { spawnGtc } from './gtc.ts';

/** A running `gtc serve`. */
export interface Serving extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Ends it as a loss of power would: nothing of it runs any further. */
  kill(): Promise<void>;
  /** Ends it as an operator does; gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `gtc serve` and waits until it says where it listens. */
export async function serve(root: string, environment = 'local'): Promise<Serving> {
  const child = spawnGtc(['serve', environment, '--root', root, '--json']);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const pid = child.pid ?? 0;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return await exited;
  };
  try {
    return {
      url: await listening(child),
      pid,
      kill: async () => void (await end('SIGKILL')),
      stop: () => end('SIGTERM'),
      [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

async function listening(child: ChildProcessWithoutNullStreams): Promise<string> {
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return await new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const { event, url } = JSON.parse(line) as { event: string; url?: string };
      if (event === 'serving' && url !== undefined) resolve(url);
    });
    child.once('close', () => reject(new Error(`gtc serve ended before it served: ${errors}`)));
  });
}
