import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { GreenticError } from '../errors.ts';
import type { Kv, KvCheck, KvEntry, KvWrite } from '../slots/context.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS meta (id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT OR IGNORE INTO meta VALUES (0, 0, 0);
`;

/** Most that one list gives, in bytes of keys and values. */
const LIST_MAX_BYTES = 4 * 2 ** 20;

interface Row {
  key: Uint8Array;
  value: Uint8Array;
  version: number;
}

const decodeRow = (row: Row): KvEntry => ({
  key: Buffer.from(row.key).toString(),
  value: Buffer.from(row.value).toString(),
  version: row.version,
});

/** The first byte string after all that start with the prefix; UTF-8 has no byte 0xff. */
function endOf(prefix: Buffer): Buffer {
  const end = Buffer.from(prefix.byteLength === 0 ? [0xfe] : prefix);
  end[end.byteLength - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}

/** Opens the durable map kept in one file; the folder and the file are readable to their owner alone. */
export function openKv(file: string, quotaBytes: number): Kv & { close(): void } {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  const db = new DatabaseSync(file, { timeout: 2000 });
  // FULL makes a commit wait for the disk: what was acknowledged survives a power cut.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
  db.exec(SCHEMA);
  return new FileKv(db, quotaBytes);
}

class FileKv implements Kv {
  readonly #db: DatabaseSync;
  readonly #quotaBytes: number;
  readonly #get: StatementSync;
  readonly #list: StatementSync;

  constructor(db: DatabaseSync, quotaBytes: number) {
    this.#db = db;
    this.#quotaBytes = quotaBytes;
    this.#get = db.prepare('SELECT key, value, version FROM entries WHERE key = ?');
    this.#list = db.prepare(
      'SELECT key, value, version FROM entries WHERE key >= ? AND key < ? AND key > ? ORDER BY key LIMIT ?',
    );
  }

  async get(key: string): Promise<KvEntry | null> {
    const row = this.#get.get(Buffer.from(key)) as Row | undefined;
    return row === undefined ? null : decodeRow(row);
  }

  async list(options: { prefix: string; after?: string; limit: number }): Promise<KvEntry[]> {
    const prefix = Buffer.from(options.prefix);
    const after = Buffer.from(options.after ?? '');
    const rows = this.#list.iterate(prefix, endOf(prefix), after, options.limit) as unknown as Iterable<Row>;
    const entries: KvEntry[] = [];
    let bytes = 0;
    for (const row of rows) {
      bytes += row.key.byteLength + row.value.byteLength;
      if (bytes > LIST_MAX_BYTES)
        throw new GreenticError(
          'limit/message',
          `The list is larger than ${LIST_MAX_BYTES} bytes; ask for fewer entries.`,
        );
      entries.push(decodeRow(row));
    }
    return entries;
  }

  async commit({ checks = [], writes }: { checks?: KvCheck[]; writes: KvWrite[] }): Promise<{ version: number }> {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      this.#assertChecks(checks);
      const version = this.#apply(writes);
      this.#db.exec('COMMIT');
      return { version };
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #assertChecks(checks: readonly KvCheck[]): void {
    for (const { key, version } of checks) {
      const actual = (this.#get.get(Buffer.from(key)) as Row | undefined)?.version ?? 0;
      if (actual !== version) {
        throw new GreenticError('kv/conflict', `The key has version ${actual}, not ${version}.`, {
          details: { actual },
        });
      }
    }
  }

  #apply(writes: readonly KvWrite[]): number {
    const meta = this.#db.prepare('SELECT version, bytes FROM meta').get() as { version: number; bytes: number };
    const version = meta.version + 1;
    let bytes = meta.bytes;
    for (const { key, value } of writes) {
      const keyBytes = Buffer.from(key);
      const before = this.#get.get(keyBytes) as Row | undefined;
      if (before !== undefined) bytes -= keyBytes.byteLength + before.value.byteLength;
      if (value === null) {
        this.#db.prepare('DELETE FROM entries WHERE key = ?').run(keyBytes);
        continue;
      }
      const valueBytes = Buffer.from(value);
      bytes += keyBytes.byteLength + valueBytes.byteLength;
      this.#db.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?)').run(keyBytes, valueBytes, version);
    }
    if (bytes > this.#quotaBytes) {
      throw new GreenticError('kv/quota', `The entries would take ${bytes} of ${this.#quotaBytes} bytes.`);
    }
    this.#db.prepare('UPDATE meta SET version = ?, bytes = ?').run(version, bytes);
    return version;
  }
}
