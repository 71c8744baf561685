import type { Kv, KvCheck, KvEntry, KvWrite } from '@greentic/core/slots';
import { PackError } from '../pack-error.ts';

const encoder = new TextEncoder();

const bytesOf = (text: string) => encoder.encode(text).byteLength;

/** Most that one list gives, in bytes of keys and values: as much as the host’s. */
const LIST_MAX_BYTES = 4 * 2 ** 20;

/** Order of two keys as the host has it: by the bytes of their UTF-8. */
function compareKeys(a: string, b: string): number {
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A map with the meaning of the host's, in memory. Two packs opened over the same one share its entries. */
export class MemoryKv implements Kv {
  readonly #entries = new Map<string, KvEntry>();
  #version = 0;

  /** What is stored, in order: for assertions about what a pack leaves behind. */
  get entries(): readonly KvEntry[] {
    return [...this.#entries.values()].sort((a, b) => compareKeys(a.key, b.key)).map((entry) => ({ ...entry }));
  }

  /** Writes past the pack, as an attacker with access to the disk would. */
  overwrite(key: string, value: string): void {
    this.#entries.set(key, { key, value, version: this.#entries.get(key)?.version ?? 1 });
  }

  async get(key: string): Promise<KvEntry | null> {
    const entry = this.#entries.get(key);
    return entry === undefined ? null : { ...entry };
  }

  async list({ prefix, after, limit }: { prefix: string; after?: string; limit: number }): Promise<KvEntry[]> {
    const wanted = (key: string) => key.startsWith(prefix) && (after === undefined || compareKeys(key, after) > 0);
    const found = this.entries.filter((entry) => wanted(entry.key)).slice(0, limit);
    const bytes = found.reduce((sum, { key, value }) => sum + bytesOf(key) + bytesOf(value), 0);
    if (bytes <= LIST_MAX_BYTES) return found;
    throw new PackError('limit/message', `The list is larger than ${LIST_MAX_BYTES} bytes; ask for fewer entries.`);
  }

  async commit({ checks = [], writes }: { checks?: KvCheck[]; writes: KvWrite[] }): Promise<{ version: number }> {
    for (const { key, version } of checks) {
      const actual = this.#entries.get(key)?.version ?? 0;
      if (actual !== version)
        throw new PackError('kv/conflict', `The key has version ${actual}, not ${version}.`, { actual });
    }
    this.#version++;
    for (const { key, value } of writes) {
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, { key, value, version: this.#version });
    }
    return { version: this.#version };
  }
}
