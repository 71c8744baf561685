import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Kv } from '../slots/context.ts';
import { openKv } from './kv.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let dir: string;
let kv: Kv & { close(): void };
const file = () => path.join(dir, 'pack', 'entries.kv');

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'kv-'));
  kv = openKv(file(), 10_000);
});

afterEach(() => {
  kv.close();
  rmSync(dir, { recursive: true });
});

describe('kv', () => {
  test('gives back what was committed, also to another process’s connection and after reopening', async () => {
    const { version } = await kv.commit({ writes: [{ key: 'a', value: 'one' }] });
    expect(await kv.get('a')).toEqual({ key: 'a', value: 'one', version });
    const other = openKv(file(), 10_000);
    expect(await other.get('a')).toEqual({ key: 'a', value: 'one', version });
    other.close();
    expect(await kv.get('b')).toBeNull();
  });

  test.skipIf(process.platform === 'win32')('file and folder are readable to their owner alone', async () => {
    await kv.commit({ writes: [{ key: 'a', value: 'b' }] });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(`${file()}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file())).mode & 0o777).toBe(0o700);
  });

  test('a commit whose check fails changes nothing', async () => {
    await kv.commit({ writes: [{ key: 'a', value: '1' }] });
    const writes = [
      { key: 'a', value: '2' },
      { key: 'b', value: '2' },
    ];
    await expect(kv.commit({ checks: [{ key: 'a', version: 0 }], writes })).rejects.toThrow(code('kv/conflict'));
    expect((await kv.get('a'))?.value).toBe('1');
    expect(await kv.get('b')).toBeNull();
  });

  test('a version is never used again, not even after a delete and a restart', async () => {
    const first = await kv.commit({ writes: [{ key: 'a', value: '1' }] });
    await kv.commit({ writes: [{ key: 'a', value: null }] });
    kv.close();
    kv = openKv(file(), 10_000);
    const second = await kv.commit({ checks: [{ key: 'a', version: 0 }], writes: [{ key: 'a', value: '1' }] });
    expect(second.version).toBeGreaterThan(first.version + 1);
  });

  test('what goes over the quota is refused whole; deleting makes room', async () => {
    await kv.commit({ writes: [{ key: 'a', value: 'x'.repeat(9000) }] });
    await expect(kv.commit({ writes: [{ key: 'b', value: 'x'.repeat(1000) }] })).rejects.toThrow(code('kv/quota'));
    expect(await kv.get('b')).toBeNull();
    await kv.commit({ writes: [{ key: 'a', value: null }] });
    await kv.commit({ writes: [{ key: 'b', value: 'x'.repeat(9000) }] });
  });

  test('behaves like an ordered map, whatever the keys and values hold', async () => {
    const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((key) => key.isWellFormed());
    const name = fc.oneof(
      text,
      fc.constantFrom('__proto__', '%', '_', 'é', 'e\u0301', 'a\0', 'a', '../x', "'; DROP TABLE"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, fc.option(text)), { maxLength: 30 }), name, async (writes, probe) => {
        const fresh = openKv(path.join(mkdtempSync(path.join(dir, 'p-')), 'kv'), 1e6);
        const model = new Map<string, string>();
        for (const [key, value] of writes) {
          await fresh.commit({ writes: [{ key, value }] });
          if (value === null) model.delete(key);
          else model.set(key, value);
        }
        const keys = [...model.keys()].sort(bytewise);
        expect((await fresh.list({ prefix: '', limit: 1000 })).map((entry) => entry.key)).toEqual(keys);
        expect((await fresh.list({ prefix: probe, limit: 1000 })).map((entry) => entry.key)).toEqual(
          keys.filter((key) => key.startsWith(probe)),
        );
        expect((await fresh.list({ prefix: '', after: probe, limit: 2 })).map((entry) => entry.key)).toEqual(
          keys.filter((key) => bytewise(key, probe) > 0).slice(0, 2),
        );
        for (const [key, value] of model) expect((await fresh.get(key))?.value).toBe(value);
        fresh.close();
      }),
      { numRuns: 40 },
    );
  });
});
