import { MemoryKv, openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const key = { tenant: 'acme', key: 'ticket/1' };
const open = () => openForTest(pack, { kv: { state: new MemoryKv() } });

describe('greentic.state.sqlite', () => {
  test('an entry comes back with the revision it was written as', async () => {
    const state = await open();
    expect(await state.get(key)).toEqual({ entry: null });
    const { revision } = await state.put({ ...key, value: 'v' });
    expect(await state.get(key)).toEqual({ entry: { value: 'v', revision } });
  });

  test('revisions of a key grow, also over a delete', async () => {
    const state = await open();
    const first = await state.put({ ...key, value: 'v' });
    expect(await state.delete(key)).toEqual({ deleted: true });
    const second = await state.put({ ...key, value: 'v', ifRevision: 0 });
    expect(second.revision).toBeGreaterThan(first.revision);
  });

  test('another revision than expected is a conflict that tells the one in force, and changes nothing', async () => {
    const state = await open();
    const { revision } = await state.put({ ...key, value: 'v' });
    const conflict = expect.objectContaining({ code: 'state/conflict', details: { actual: revision } });
    await expect(state.put({ ...key, value: 'w', ifRevision: 0 })).rejects.toThrow(conflict);
    await expect(state.delete({ ...key, ifRevision: revision + 1 })).rejects.toThrow(conflict);
    expect((await state.get(key)).entry?.value).toBe('v');
    await expect(state.delete({ tenant: 'acme', key: 'none', ifRevision: 3 })).rejects.toThrow(code('state/conflict'));
    expect(await state.delete({ tenant: 'acme', key: 'none', ifRevision: 0 })).toEqual({ deleted: false });
  });

  test('a list stays within tenant and prefix, and its pages leave nothing out', async () => {
    const state = await open();
    for (const each of ['a1', 'a2', 'a3', 'b1']) await state.put({ tenant: 'acme', key: each, value: '' });
    await state.put({ tenant: 'acme2', key: 'a4', value: '' });
    const first = await state.list({ tenant: 'acme', prefix: 'a', limit: 2 });
    expect(first).toEqual({ keys: ['a1', 'a2'], next: 'a2' });
    expect(await state.list({ tenant: 'acme', prefix: 'a', limit: 2, after: 'a2' })).toEqual({
      keys: ['a3'],
      next: null,
    });
  });
});
