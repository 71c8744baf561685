import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Kv, type KvCheck, type KvEntry, type KvWrite, PackError } from '@greentic/sdk';

/** The host's durable map for packs that run in the test: in a file that the kit’s witness of the disk can read. */
export class DiskKv implements Kv {
  readonly #folder: string;
  #open: DatabaseSync | undefined;
  #version = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  // The file comes with the first use, as the host's does: a pack that keeps nothing leaves nothing.
  get #db(): DatabaseSync {
    if (this.#open !== undefined) return this.#open;
    mkdirSync(this.#folder, { recursive: true });
    this.#open = new DatabaseSync(path.join(this.#folder, 'data.kv'), { timeout: 2000 });
    this.#open.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY');
    this.#open.exec('CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL)');
    return this.#open;
  }

  async get(key: string): Promise<KvEntry | null> {
    const row = this.#db.prepare('SELECT key, value, version FROM entries WHERE key = ?').get(Buffer.from(key));
    return row === undefined ? null : entryOf(row);
  }

  async list({ prefix, after, limit }: { prefix: string; after?: string; limit: number }): Promise<KvEntry[]> {
    const rows = this.#db
      .prepare('SELECT key, value, version FROM entries WHERE key > ? ORDER BY key')
      .all(Buffer.from(after ?? ''));
    const found = rows.map(entryOf).filter(({ key }) => key.startsWith(prefix));
    return found.slice(0, limit);
  }

  // Nothing is awaited inside: no other writer comes between the checks and the writes.
  async commit({ checks = [], writes }: { checks?: KvCheck[]; writes: KvWrite[] }): Promise<{ version: number }> {
    for (const { key, version } of checks) {
      const row = this.#db.prepare('SELECT version FROM entries WHERE key = ?').get(Buffer.from(key));
      const actual = Number(row?.['version'] ?? 0);
      if (actual !== version) throw new PackError('kv/conflict', `The key has version ${actual}, not ${version}.`);
    }
    this.#version++;
    for (const { key, value } of writes) {
      if (value === null) this.#db.prepare('DELETE FROM entries WHERE key = ?').run(Buffer.from(key));
      else
        this.#db
          .prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)')
          .run(Buffer.from(key), Buffer.from(value), this.#version);
    }
    return { version: this.#version };
  }

  close(): void {
    this.#open?.close();
  }
}

function entryOf(row: Readonly<Record<string, unknown>>): KvEntry {
  const text = (value: unknown) => Buffer.from(value as Uint8Array).toString();
  return { key: text(row['key']), value: text(row['value']), version: Number(row['version']) };
}
