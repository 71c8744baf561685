import process from 'node:process';

const SCOPES = ['fs.read', 'fs.write', 'net', 'child', 'worker', 'addon', 'wasi', 'inspector', 'ffi'] as const;

/**
 * Gives up, for good, every right the process still has; what is open stays open. Throws when one cannot be given up: then
 * nothing may run here.
 */
export function giveUpRights(): void {
  const { permission } = process;
  if (typeof permission?.drop !== 'function')
    throw new Error('This Node cannot give up permissions; workers need Node 26.');
  for (const scope of SCOPES) {
    if (permission.has(scope)) permission.drop(scope);
  }
  const kept = SCOPES.filter((scope) => permission.has(scope));
  if (kept.length > 0) throw new Error(`The process could not give up: ${kept.join(', ')}.`);
}

/**
 * What of `process` reaches other processes or the inside of Node, and which no permission covers: signals, of which one opens
 * the debugger of whoever gets it, and the ways to every builtin.
 */
const REACHING = [
  'kill',
  '_kill',
  '_debugProcess',
  '_debugEnd',
  'getBuiltinModule',
  'binding',
  '_linkedBinding',
  'dlopen',
  'execve',
  'report',
] as const;

/**
 * Takes the reach of `process` away for good. A bundle shares this realm, so it may get hold of the object, whatever hides it.
 * Throws when something cannot be taken away: then nothing may run here.
 */
export function disarmProcess(): void {
  for (const name of REACHING) Reflect.deleteProperty(process, name);
  const kept = REACHING.filter((name) => name in process);
  if (kept.length > 0) throw new Error(`The process could not give up: ${kept.join(', ')}.`);
}

/** What leads out of the process, or would only fail. `Buffer` stays: Node's own Response is made with it. */
const FOREIGN = [
  'process',
  'global',
  'BroadcastChannel',
  'EventSource',
  'WebSocket',
  'Storage',
  'localStorage',
  'sessionStorage',
] as const;

/** Takes out of the world what a handler has no use for, and puts in a console of ours and a `fetch` that says why it refuses. */
export function closeWorld(console: Pick<Console, 'debug' | 'error' | 'info' | 'log' | 'trace' | 'warn'>): void {
  for (const name of FOREIGN) Reflect.deleteProperty(globalThis, name);
  const fetch = async () => {
    const error = new TypeError(
      'A worker has no network of its own; it has the slots its bundle.json lists in "needs".',
    );
    throw Object.assign(error, { code: 'permission/denied' });
  };
  Object.defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true });
  Object.defineProperty(globalThis, 'fetch', { value: fetch, writable: true, configurable: true });
}
