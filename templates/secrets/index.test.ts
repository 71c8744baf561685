import { MemoryKv, MemorySeal, openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const name = { tenant: 'acme', name: 'api/token' };
const value = btoa('canary-value');

async function open() {
  const kv = new MemoryKv();
  return { kv, secrets: await openForTest(pack, { kv: { vault: kv }, seal: { vault: new MemorySeal() } }) };
}

describe('the secrets template', () => {
  test('gives back values of any length in pieces', async () => {
    const { secrets, kv } = await open();
    for (const bytes of [0, 1, 2999, 3000, 3001, 65_536]) {
      const long = Buffer.alloc(bytes, 7).toString('base64');
      await secrets.put({ ...name, value: long });
      expect((await secrets.get(name)).value).toBe(long);
    }
    const { pieces } = JSON.parse(kv.entries[0]?.value ?? '') as { pieces: string[] };
    expect(pieces).toHaveLength(22);
  });

  test('stores nothing that can be read', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    expect(JSON.stringify(kv.entries)).not.toContain(value);
    expect(JSON.stringify(kv.entries)).not.toContain('canary');
  });

  test.each<[string, (stored: { version: number; pieces: string[] }) => object | string]>([
    ['a piece that was changed', ({ version, pieces }) => ({ version, pieces: [`A${pieces[0]?.slice(1)}`] })],
    ['pieces in another order', ({ version, pieces }) => ({ version, pieces: [...pieces].reverse() })],
    ['a piece that is missing', ({ version, pieces }) => ({ version, pieces: pieces.slice(1) })],
    ['another version', ({ version, pieces }) => ({ version: version + 1, pieces })],
    ['no pieces', ({ version }) => ({ version, pieces: [] })],
    ['one key more', (stored) => ({ ...stored, x: 1 })],
    ['no JSON', () => '{'],
  ])('%s is secret/integrity, never data', async (_name, change) => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value: Buffer.alloc(5000, 1).toString('base64') });
    const changed = change(JSON.parse(kv.entries[0]?.value ?? '') as never);
    kv.overwrite('acme/api/token', typeof changed === 'string' ? changed : JSON.stringify(changed));
    await expect(secrets.get(name)).rejects.toThrow(code('secret/integrity'));
  });

  test('of writers that expect the same version one wins; a deleted secret comes back under a new number', async () => {
    const { secrets } = await open();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => secrets.put({ ...name, value, ifVersion: 0 })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await secrets.delete(name)).toEqual({ deleted: true });
    await expect(secrets.get(name)).rejects.toThrow(code('secret/not-found'));
    expect(await secrets.put({ ...name, value, ifVersion: 0 })).toEqual({ version: 2 });
  });

  test('lists the live names of one tenant in pages', async () => {
    const { secrets } = await open();
    for (const each of ['a', 'b', 'c']) await secrets.put({ tenant: 'acme', name: each, value });
    await secrets.put({ tenant: 'rival', name: 'x', value });
    await secrets.delete({ tenant: 'acme', name: 'b' });
    expect(await secrets.list({ tenant: 'acme', limit: 1 })).toEqual({ names: ['a'], next: 'a' });
    expect(await secrets.list({ tenant: 'acme', limit: 5, after: 'a' })).toEqual({ names: ['c'], next: null });
  });
});
