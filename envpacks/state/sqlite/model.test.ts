import { MemoryKv, openForTest } from '@greentic/sdk/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';
import { listWhole } from './whole-list.fixture.ts';

const open = (kv = new MemoryKv()) => openForTest(pack, { kv: { state: kv } });
const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const tenant = fc.constantFrom('acme', 'acm', 'acme2', '_env');
const key = fc.constantFrom(
  'a',
  'a/b',
  'ab',
  'e\u0301',
  '\u00e9',
  '😀',
  '｡',
  '__proto__',
  'constructor',
  '\u0000',
  '%',
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), tenant, key, value: fc.string({ unit: 'grapheme', maxLength: 8 }) }),
  fc.record({ kind: fc.constant('delete' as const), tenant, key }),
  fc.record({ kind: fc.constant('swap' as const), tenant, key, value: fc.string(), stale: fc.boolean() }),
);

describe('greentic.state.sqlite against a plain map', () => {
  test('gives back what was written last, of each tenant apart, in any order of calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const state = await open();
        const model = new Map<string, { value: string; revision: number }>();
        let highest = 0;
        for (const { kind, ...input } of steps) {
          const name = JSON.stringify([input.tenant, input.key]);
          const at = { tenant: input.tenant, key: input.key };
          const known = model.get(name);
          if (kind === 'delete') {
            expect(await state.delete(at)).toEqual({ deleted: model.delete(name) });
          } else if (kind === 'swap' && 'stale' in input && input.stale) {
            const put = state.put({ ...at, value: input.value, ifRevision: (known?.revision ?? 0) + 1 });
            await expect(put).rejects.toThrow(expect.objectContaining({ code: 'state/conflict' }));
          } else if ('value' in input) {
            const expected = kind === 'swap' ? { ifRevision: known?.revision ?? 0 } : {};
            const { revision } = await state.put({ ...at, value: input.value, ...expected });
            expect(revision).toBeGreaterThan(highest);
            highest = revision;
            model.set(name, { value: input.value, revision });
          }
          expect(await state.get(at)).toEqual({ entry: model.get(name) ?? null });
        }
        for (const each of ['acme', 'acm', 'acme2', '_env']) {
          const names = [...model.keys()].map((name) => JSON.parse(name) as [string, string]);
          const own = names.filter(([tenant]) => tenant === each).map(([, key]) => key);
          const { keys } = await state.list({ tenant: each, prefix: '', limit: 1000 });
          expect(keys).toEqual(own.toSorted(bytewise));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('gives pages of any size that together are the list, each key once, in bytewise order', async () => {
    const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 7 }), async (written, limit) => {
        const state = await open();
        for (const key of written) await state.put({ tenant: 'acme', key, value: '' });
        await state.put({ tenant: 'acme2', key: 'foreign', value: '' });
        expect(await listWhole(state, '', limit)).toEqual(written.toSorted(bytewise));
      }),
      { numRuns: 60 },
    );
  });

  test('a page that is exactly full, and the last, says that nothing follows', async () => {
    const state = await open();
    for (const key of ['a', 'b', 'c']) await state.put({ tenant: 'acme', key, value: '' });
    expect(await state.list({ tenant: 'acme', prefix: '', limit: 3 })).toEqual({ keys: ['a', 'b', 'c'], next: null });
    expect(await state.list({ tenant: 'acme', prefix: '', limit: 2 })).toEqual({ keys: ['a', 'b'], next: 'b' });
  });

  test('a list goes on though the key it stopped at is gone', async () => {
    const state = await open();
    for (const key of ['a', 'b', 'c']) await state.put({ tenant: 'acme', key, value: '' });
    const { next } = await state.list({ tenant: 'acme', prefix: '', limit: 2 });
    await state.delete({ tenant: 'acme', key: 'b' });
    const rest = await state.list({ tenant: 'acme', prefix: '', limit: 2, after: next ?? '' });
    expect(rest).toEqual({ keys: ['c'], next: null });
  });

  test('no prefix is a pattern', async () => {
    const state = await open();
    for (const key of ['a%', 'ab', 'a_', 'a*', 'a.']) await state.put({ tenant: 'acme', key, value: '' });
    for (const prefix of ['a%', 'a_', 'a*', 'a.']) {
      expect((await state.list({ tenant: 'acme', prefix, limit: 10 })).keys).toEqual([prefix]);
    }
  });
});

/** A map in which somebody else writes the key just before each of the next commits. */
class ContestedKv extends MemoryKv {
  beats = 0;
  readonly #key: string;

  constructor(key: string) {
    super();
    this.#key = key;
  }

  override async commit(change: Parameters<MemoryKv['commit']>[0]): Promise<{ version: number }> {
    if (this.beats > 0) {
      this.beats--;
      await super.commit({ writes: [{ key: this.#key, value: 'theirs' }] });
    }
    return await super.commit(change);
  }
}

describe('greentic.state.sqlite beside another writer', () => {
  const at = { tenant: 'acme', key: 'k' };

  test('a delete without a condition goes through though others write in between', async () => {
    const kv = new ContestedKv('acme/k');
    const state = await open(kv);
    await state.put({ ...at, value: 'mine' });
    kv.beats = 3;
    expect(await state.delete(at)).toEqual({ deleted: true });
    expect(await state.get(at)).toEqual({ entry: null });
  });

  test('a delete with a condition loses to whoever wrote in between, and leaves what that one wrote', async () => {
    const kv = new ContestedKv('acme/k');
    const state = await open(kv);
    const { revision } = await state.put({ ...at, value: 'mine' });
    kv.beats = 1;
    const lost = state.delete({ ...at, ifRevision: revision });
    await expect(lost).rejects.toThrow(expect.objectContaining({ code: 'state/conflict' }));
    expect((await state.get(at)).entry?.value).toBe('theirs');
  });

  test('a conflict tells the revision that won', async () => {
    const kv = new ContestedKv('acme/k');
    const state = await open(kv);
    const { revision } = await state.put({ ...at, value: 'mine' });
    kv.beats = 1;
    const lost = await state.put({ ...at, value: 'late', ifRevision: revision }).catch((error: unknown) => error);
    const won = (await state.get(at)).entry;
    expect(lost).toMatchObject({ code: 'state/conflict', details: { actual: won?.revision } });
  });

  test('what the map refuses for another reason is no conflict', async () => {
    const kv = new MemoryKv();
    const state = await open(kv);
    await state.put({ ...at, value: 'mine' });
    kv.commit = async () => Promise.reject(Object.assign(new Error('full'), { code: 'kv/quota' }));
    const quota = expect.objectContaining({ code: 'kv/quota' });
    await expect(state.put({ ...at, value: 'more' })).rejects.toThrow(quota);
    await expect(state.delete(at)).rejects.toThrow(quota);
  });

  test('of many increments at once each lands', async () => {
    const kv = new MemoryKv();
    const writers = await Promise.all([open(kv), open(kv)]);
    const increment = async (state: (typeof writers)[0]): Promise<void> => {
      const { entry } = await state.get(at);
      const next = String(Number(entry?.value ?? 0) + 1);
      await state.put({ ...at, value: next, ifRevision: entry?.revision ?? 0 }).catch(() => increment(state));
    };
    await Promise.all(writers.flatMap((state) => Array.from({ length: 10 }, () => increment(state))));
    expect((await writers[0]?.get(at))?.entry?.value).toBe('20');
  });
});
