import path from 'node:path';
import process from 'node:process';
import { assertSocketPath, runFolder } from '../supervisor/run-folder.ts';

/**
 * Where the process that serves an environment listens for orders, from the path of the environment's folder: a unix socket
 * in its run folder, or a named pipe on Windows. Throws `runtime/socket-folder` when the path is too long.
 */
export function controlPath(environmentFolder: string): string {
  const folder = runFolder(environmentFolder);
  if (process.platform === 'win32') return `\\\\.\\pipe\\gtc-${path.basename(folder)}`;
  return assertSocketPath(path.join(folder, 'control.sock'));
}
