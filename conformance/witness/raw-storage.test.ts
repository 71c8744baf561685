import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RawStorage } from './raw-storage.ts';

const canary = 'canary-0123456789abcdef';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'raw-storage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(bytes: Uint8Array): RawStorage {
  mkdirSync(path.join(folder, 'pack', 'deep'), { recursive: true });
  writeFileSync(path.join(folder, 'pack', 'deep', 'file'), bytes);
  return new RawStorage(folder);
}

function map(entries: Record<string, string>): RawStorage {
  const db = new DatabaseSync(path.join(folder, 'data.kv'));
  db.exec('CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL)');
  for (const [key, value] of Object.entries(entries))
    db.prepare('INSERT INTO entries VALUES (?, ?, 1)').run(Buffer.from(key), Buffer.from(value));
  db.close();
  return new RawStorage(folder);
}

describe('looking for a text on the disk', () => {
  const spellings: [string, (text: string) => Buffer][] = [
    ['plain', (text) => Buffer.from(text)],
    ['reversed', (text) => Buffer.from(text).reverse()],
    ['hex', (text) => Buffer.from(Buffer.from(text).toString('hex'))],
    ['upper-case hex', (text) => Buffer.from(Buffer.from(text).toString('hex').toUpperCase())],
    ['utf-16', (text) => Buffer.from(text, 'utf16le')],
    ['base64', (text) => Buffer.from(Buffer.from(text).toString('base64'))],
    ['base64url', (text) => Buffer.from(Buffer.from(text).toString('base64url'))],
  ];

  test.each(spellings)('finds it %s, wherever it stands in a longer text', (name, spell) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'binary-ascii' }), (before, after) => {
        const found = write(spell(`${before}${canary}${after}`)).formsOf(canary);
        expect(found.map((form) => form.split(' (')[0])).toContain(name);
      }),
      { numRuns: 50 },
    );
  });

  test('finds nothing in what only resembles it', () => {
    expect(write(Buffer.from(canary.slice(0, -1))).formsOf(canary)).toEqual([]);
    expect(write(Buffer.from(canary.toUpperCase())).formsOf(canary)).toEqual([]);
  });

  test('finds nothing where nothing is, and says that nothing is there', () => {
    const nowhere = new RawStorage(path.join(folder, 'nowhere'));
    expect(nowhere.formsOf(canary)).toEqual([]);
    expect(nowhere.size).toBe(0);
    expect(nowhere.entries).toEqual([]);
    expect(write(Buffer.alloc(5)).size).toBe(5);
  });
});

describe('the entries of the durable map', () => {
  test('are read, overwritten and put back', () => {
    const storage = map({ a: 'one', b: 'two' });
    const [first] = storage.entries;
    if (first === undefined) throw new Error('There is an entry.');
    expect(storage.entries.map(({ key, value }) => [key.toString(), value.toString()])).toEqual([
      ['a', 'one'],
      ['b', 'two'],
    ]);
    const before = storage.digest;
    storage.overwrite(first, Buffer.from('changed'));
    expect(storage.entries[0]?.value.toString()).toBe('changed');
    expect(storage.digest).not.toBe(before);
    storage.overwrite(first, first.value);
    expect(storage.digest).toBe(before);
  });

  test('are those of every map, in the order of files and keys, and of nothing that is no map', () => {
    const storage = map({ b: 'two', a: 'one' });
    mkdirSync(path.join(folder, 'a-pack'));
    copyFileSync(path.join(folder, 'data.kv'), path.join(folder, 'a-pack', 'data.kv'));
    writeFileSync(path.join(folder, 'data.kv.note'), 'no map');
    const found = storage.entries.map(({ file, key }) => `${path.relative(folder, file)} ${key.toString()}`);
    expect(found).toEqual(['a-pack/data.kv a', 'a-pack/data.kv b', 'data.kv a', 'data.kv b']);
  });

  test('have a digest that tells keys from values, and one entry from two', () => {
    const digests = [{}, { a: 'bc' }, { ab: 'c' }, { a: 'b', c: '' }, { a: '', bc: '' }].map((entries) => {
      const { digest } = map(entries);
      rmSync(path.join(folder, 'data.kv'));
      return digest;
    });
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('that do not exist cannot be overwritten', () => {
    const storage = map({ a: 'one' });
    const [first] = storage.entries;
    if (first === undefined) throw new Error('There is an entry.');
    expect(() => storage.overwrite({ ...first, key: Buffer.from('z') }, first.value)).toThrow('is not in');
  });
});
