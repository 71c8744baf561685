import { readdir, readFile } from 'node:fs/promises';

/** A process as Linux shows it. */
export interface Seen {
  readonly pid: number;
  readonly parent: number;
  /** Its arguments, joined with spaces. */
  readonly command: string;
}

/** All processes below one, children before grandchildren. */
export async function descendantsOf(pid: number): Promise<Seen[]> {
  const all = await processes();
  const below = (parent: number): Seen[] =>
    all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(pid);
}

/** Those of these processes that still run. A zombie does not: nobody has asked for its exit status, that is all. */
export async function stillRunning(some: readonly Seen[]): Promise<Seen[]> {
  const now = await processes();
  return some.filter(({ pid, command }) => now.some((each) => each.pid === pid && each.command === command));
}

/** Whether a process is the sandbox of a pack. */
export function isSandbox({ command }: Seen): boolean {
  return command.includes('/guest/');
}

/** Whether a process is the worker of a revision. */
export function isWorker({ command }: Seen): boolean {
  return command.includes('/runtime/');
}

async function processes(): Promise<Seen[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return (await Promise.all(pids.map(look))).filter((seen) => seen !== undefined);
}

async function look(pid: number): Promise<Seen | undefined> {
  try {
    const [stat, line] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The name in parentheses may hold anything, spaces and parentheses included.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return { pid, parent: Number(parent), command: line.split('\0').join(' ').trim() };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}
