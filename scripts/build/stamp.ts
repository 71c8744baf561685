import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a finished step remembers: the files it read, what they and its settings hashed to, and the files it wrote. */
export interface Stamp {
  readonly hash: string;
  /** Paths relative to the root, sorted. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** SHA-256 over the settings and over the names and bytes of the inputs; a missing input counts as one. */
export function hashInputs(root: string, settings: string, inputs: readonly string[]): string {
  const hash = createHash('sha256').update(settings);
  for (const input of inputs) {
    const file = path.join(root, input);
    hash.update(`\0${input}\0`);
    hash.update(existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest() : 'missing');
  }
  return hash.digest('hex');
}

/** Whether a step's outputs exist and come from the inputs as they are now. */
export function isFresh(root: string, step: string, settings: string): boolean {
  const stamp = readStamp(root, step);
  if (stamp === undefined) return false;
  if (!stamp.outputs.every((output) => existsSync(path.join(root, output)))) return false;
  return stamp.hash === hashInputs(root, settings, stamp.inputs);
}

/** Remembers a finished step, and deletes what it wrote the last time but not this time. */
export function recordStamp(root: string, step: string, settings: string, files: Omit<Stamp, 'hash'>): void {
  const stale = readStamp(root, step)?.outputs.filter((output) => !files.outputs.includes(output)) ?? [];
  for (const output of stale) rmSync(path.join(root, output), { force: true });
  const inputs = [...files.inputs].sort();
  const stamp: Stamp = { hash: hashInputs(root, settings, inputs), inputs, outputs: [...files.outputs].sort() };
  writeAtomic(stampFile(root, step), `${JSON.stringify(stamp)}\n`);
}

/** Writes a file so that another process sees the old one or the new one, never half of it. */
export function writeAtomic(file: string, content: string | Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const next = `${file}.${process.pid}.next`;
  writeFileSync(next, content);
  renameSync(next, file);
}

function readStamp(root: string, step: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(stampFile(root, step), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

function stampFile(root: string, step: string): string {
  return path.join(root, '.cache', 'build', `${step.replace(':', '-')}.json`);
}
