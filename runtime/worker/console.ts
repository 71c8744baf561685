import { format } from 'node:util';

const MAX_CHARS = 16 * 1024;

type Write = (text: string) => void;

/** The console of a worker: what informs goes to one stream, what warns to the other; the supervisor keeps the lines. */
export function createConsole(out: Write, err: Write) {
  const line =
    (write: Write) =>
    (...values: unknown[]) =>
      write(`${format(...values).slice(0, MAX_CHARS)}\n`);
  const info = line(out);
  const warn = line(err);
  return { debug: info, log: info, info, trace: info, warn, error: warn };
}
