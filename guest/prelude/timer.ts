import { post } from './channel.ts';
import { reportUncaught } from './console.ts';
import { apply, table } from './intrinsics.ts';

interface Timer {
  readonly callback: (...args: never[]) => unknown;
  readonly args: unknown[];
  /** Milliseconds between two runs; undefined for a timeout. */
  readonly every: number | undefined;
}

const timers = table<Timer>();
let nextId = 1;

function arm(id: number, ms: number): void {
  post(`{"t":"timer","id":${id},"ms":${ms}}`);
}

function delayOf(value: unknown): number {
  const ms = Math.trunc(Number(value));
  return ms > 0 ? Math.min(ms, 2 ** 31 - 1) : 0;
}

function add(callback: Timer['callback'], ms: number, args: unknown[], repeats: boolean): number {
  if (typeof callback !== 'function') throw new TypeError('A timer needs a function.');
  const id = nextId++;
  timers[id] = { callback, args, every: repeats ? ms : undefined };
  arm(id, ms);
  return id;
}

/** As in the HTML standard, for functions only. */
export function setTimeout(callback: Timer['callback'], delay?: unknown, ...args: unknown[]): number {
  return add(callback, delayOf(delay), args, false);
}

/** As in the HTML standard, for functions only; at least a millisecond lies between two runs. */
export function setInterval(callback: Timer['callback'], delay?: unknown, ...args: unknown[]): number {
  return add(callback, Math.max(1, delayOf(delay)), args, true);
}

/** Forgets a timer; anything else is ignored. */
export function clearTimer(id?: unknown): void {
  if (typeof id === 'number') delete timers[id];
}

/** Runs a timer whose time has come, unless it was cleared. */
export function fireTimer(id: number): void {
  const timer = timers[id];
  if (timer === undefined) return;
  if (timer.every === undefined) delete timers[id];
  try {
    apply(timer.callback, undefined, timer.args);
  } catch (error) {
    reportUncaught(error);
  }
  if (timer.every !== undefined && timers[id] === timer) arm(id, timer.every);
}
