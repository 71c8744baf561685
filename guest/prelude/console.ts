import { formatLine } from './inspection.ts';
import { tellPort } from './port.ts';

type Level = 'debug' | 'info' | 'warn' | 'error';

function writer(level: Level): (...values: unknown[]) => void {
  return (...values) => tellPort('console', 'write', { level, message: formatLine(values) });
}

/** Lines for whoever debugs the pack. The host bounds and marks them; no permission is needed. */
export const console = {
  debug: writer('debug'),
  log: writer('info'),
  info: writer('info'),
  warn: writer('warn'),
  error: writer('error'),
};

/** Shows an error that nobody can catch: one of a timer, a microtask or an event listener. */
export function reportUncaught(error: unknown): void {
  try {
    tellPort('console', 'write', { level: 'error', message: formatLine(['Uncaught', error]) });
  } catch {
    // A pack that broke its own prototypes loses its own report.
  }
}
