import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Kv } from '../slots/context.ts';
import { openKv } from './kv.ts';

const QUOTA = 60;
const code = (value: string) => expect.objectContaining({ code: value });
const bytesOf = (text: string): number => Buffer.byteLength(text);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'kv-model-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What the map should be: entries with their versions, and the number the next commit gets. */
class Model {
  entries = new Map<string, { value: string; version: number }>();
  version = 0;

  commit(
    checks: readonly { key: string; version: number }[],
    writes: readonly { key: string; value: string | null }[],
  ): string | number {
    if (checks.some(({ key, version }) => (this.entries.get(key)?.version ?? 0) !== version)) return 'kv/conflict';
    const next = new Map(this.entries);
    for (const { key, value } of writes) {
      if (value === null) next.delete(key);
      else next.set(key, { value, version: this.version + 1 });
    }
    if ([...next].reduce((sum, [key, { value }]) => sum + bytesOf(key) + bytesOf(value), 0) > QUOTA) return 'kv/quota';
    this.entries = next;
    return ++this.version;
  }
}

const key = fc.constantFrom('a', 'b', 'é', '__proto__');
const value = fc.option(fc.constantFrom('', 'x', '€€', 'y'.repeat(20), 'z'.repeat(50)));
const commit = fc.record({
  who: fc.nat(2),
  checks: fc.array(fc.record({ key, which: fc.constantFrom('right', 'zero', 'older') }), { maxLength: 2 }),
  writes: fc.array(fc.record({ key, value }), { maxLength: 4 }),
  reopen: fc.boolean(),
});

async function contentOf(kv: Kv): Promise<[string, string, number][]> {
  return (await kv.list({ prefix: '', limit: 100 })).map((entry) => [entry.key, entry.value, entry.version]);
}

describe('the entries of a pack', () => {
  test('are those of a map with versions and a quota, whoever commits: what fails changes nothing', async () => {
    let file = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(commit, { maxLength: 16 }), async (commits) => {
        const name = path.join(dir, String(file++), 'kv');
        const open = () => openKv(name, QUOTA);
        const kvs = [open(), open(), open()];
        const model = new Model();
        for (const { who, checks, writes, reopen } of commits) {
          if (reopen) {
            kvs[who]?.close();
            kvs[who] = open();
          }
          const exact = checks.map((check) => {
            const actual = model.entries.get(check.key)?.version ?? 0;
            return {
              key: check.key,
              version: check.which === 'right' ? actual : check.which === 'zero' ? 0 : Math.max(0, actual - 1),
            };
          });
          const outcome = await (kvs[who] as Kv).commit({ checks: exact, writes }).then(
            ({ version }) => version,
            (error: { code: string }) => error.code,
          );
          expect(outcome).toBe(model.commit(exact, writes));
          for (const kv of kvs)
            expect(new Map((await contentOf(kv)).map(([k, v, version]) => [k, { value: v, version }]))).toEqual(
              model.entries,
            );
        }
        for (const kv of kvs) kv.close();
      }),
      { numRuns: 25 },
    );
  });

  test('count what is there, not what was: any number of overwrites and deletes fits that leaves little', async () => {
    const kv = openKv(path.join(dir, 'kv'), QUOTA);
    for (let i = 0; i < 200; i++) {
      await kv.commit({ writes: [{ key: 'a', value: 'x'.repeat(i % 50) }] });
      if (i % 3 === 0)
        await kv.commit({
          writes: [
            { key: 'a', value: null },
            { key: 'a', value: null },
          ],
        });
    }
    await kv.commit({ writes: [{ key: 'a', value: 'x'.repeat(QUOTA - 1) }] });
    await expect(kv.commit({ writes: [{ key: 'a', value: 'x'.repeat(QUOTA) }] })).rejects.toThrow(code('kv/quota'));
    kv.close();
  });

  test('take a key written twice in one commit as its last value says, and count it once', async () => {
    const kv = openKv(path.join(dir, 'kv'), QUOTA);
    await kv.commit({
      writes: [
        { key: 'a', value: 'x'.repeat(40) },
        { key: 'a', value: 'y'.repeat(40) },
        { key: 'b', value: 'z'.repeat(18) },
      ],
    });
    expect((await contentOf(kv)).map(([k, v]) => [k, v.length])).toEqual([
      ['a', 40],
      ['b', 18],
    ]);
    kv.close();
  });

  test('are counted up by many who read and commit on their own: no count is lost, and each loser knows', async () => {
    const name = path.join(dir, 'kv');
    const setup = openKv(name, QUOTA);
    await setup.commit({ writes: [{ key: 'n', value: '0' }] });
    const kvs = Array.from({ length: 4 }, () => openKv(name, QUOTA));
    let conflicts = 0;
    const countUp = async (kv: Kv): Promise<void> => {
      for (let done = 0; done < 25; ) {
        const entry = await kv.get('n');
        await new Promise((resolve) => setImmediate(resolve));
        const writes = [{ key: 'n', value: String(Number(entry?.value) + 1) }];
        const won = await kv.commit({ checks: [{ key: 'n', version: entry?.version ?? 0 }], writes }).then(
          () => true,
          (error: { code: string }) => {
            expect(error.code).toBe('kv/conflict');
            return false;
          },
        );
        if (won) done++;
        else conflicts++;
      }
    };
    await Promise.all(kvs.map(countUp));
    expect((await setup.get('n'))?.value).toBe('100');
    expect(conflicts).toBeGreaterThan(0);
    for (const kv of [setup, ...kvs]) kv.close();
  });

  test('are listed in one piece or not at all: more than 4 MiB is limit/message, and fewer entries are not', async () => {
    const kv = openKv(path.join(dir, 'kv'), 2 ** 24);
    for (let i = 0; i < 5; i++) await kv.commit({ writes: [{ key: `k${i}`, value: 'x'.repeat(2 ** 20 - 2) }] });
    await expect(kv.list({ prefix: '', limit: 5 })).rejects.toThrow(code('limit/message'));
    expect(await kv.list({ prefix: '', limit: 4 })).toHaveLength(4);
    expect(await kv.list({ prefix: '', after: 'k3', limit: 5 })).toHaveLength(1);
    kv.close();
  });
});
