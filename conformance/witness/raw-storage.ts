import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { canonicalize, digestOf } from '@greentic/core';

/** One entry of the host's durable map, as it lies on the disk. */
export interface StoredEntry {
  /** File of the map. */
  readonly file: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** What a pack left on the disk, read and changed behind its back. */
export class RawStorage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Every file, with its bytes. */
  get files(): { file: string; bytes: Buffer }[] {
    if (!existsSync(this.#folder)) return [];
    const found = readdirSync(this.#folder, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
    const files = found.map((item) => path.join(item.parentPath, item.name));
    return files.map((file) => ({ file, bytes: readFileSync(file) }));
  }

  /** Bytes on the disk, in all. */
  get size(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  }

  /** Every entry of every map, in order. */
  get entries(): StoredEntry[] {
    const maps = this.files.filter(({ file }) => file.endsWith('.kv')).map(({ file }) => file);
    return maps.sort().flatMap((file) =>
      withMap(file, (db) => {
        const rows = db.prepare('SELECT key, value FROM entries ORDER BY key').all();
        return rows.map((row) => ({ file, key: bytesOf(row['key']), value: bytesOf(row['value']) }));
      }),
    );
  }

  /** One digest over every entry: equal when nothing changed. */
  get digest(): string {
    const rows = this.entries.map(({ file, key, value }) => [file, key.toString('hex'), digestOf(value)]);
    return digestOf(canonicalize(rows));
  }

  /** Replaces the value of an entry, as an attacker with access to the disk would. */
  overwrite({ file, key }: StoredEntry, value: Buffer): void {
    const { changes } = withMap(file, (db) => db.prepare('UPDATE entries SET value = ? WHERE key = ?').run(value, key));
    if (Number(changes) !== 1) throw new Error(`The entry ${key.toString()} is not in ${file}.`);
  }

  /** The forms in which a text lies on the disk; none is the answer a secret wants. */
  formsOf(canary: string): string[] {
    const all = this.files.map(({ bytes }) => bytes);
    return [...formsOf(canary)].filter(([, form]) => all.some((bytes) => bytes.includes(form))).map(([name]) => name);
  }
}

/** The spellings in which a text may be hidden in plain sight. */
function formsOf(canary: string): Map<string, Buffer> {
  const plain = Buffer.from(canary);
  const forms = new Map([
    ['plain', plain],
    ['reversed', Buffer.from(plain).reverse()],
    ['hex', Buffer.from(plain.toString('hex'))],
    ['upper-case hex', Buffer.from(plain.toString('hex').toUpperCase())],
    ['utf-16', Buffer.from(canary, 'utf16le')],
  ]);
  // Inside a longer text base64 depends on where the canary starts; the ends mix with their neighbours and are cut off.
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), plain]);
    const start = Math.ceil((offset * 4) / 3);
    const end = Math.floor((shifted.byteLength * 8) / 6);
    forms.set(`base64 (${offset})`, Buffer.from(shifted.toString('base64').slice(start, end)));
    forms.set(`base64url (${offset})`, Buffer.from(shifted.toString('base64url').slice(start, end)));
  }
  return forms;
}

function withMap<T>(file: string, use: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(file, { timeout: 2000 });
  try {
    return use(db);
  } finally {
    db.close();
  }
}

const bytesOf = (value: unknown) => Buffer.from(value as Uint8Array);
