import { MemoryKv, MemorySeal, openForTest } from '@greentic/sdk/testing';
import { describe, expect, test } from 'vitest';
import pack from './index.ts';

const code = (value: string) => expect.objectContaining({ code: value });
const value = btoa('canary-value');
const name = { tenant: 'acme', name: 'api/token' };

async function open() {
  const kv = new MemoryKv();
  const seal = new MemorySeal();
  return { kv, secrets: await openForTest(pack, { kv: { secrets: kv }, seal: { master: seal } }) };
}

describe('greentic.secrets.file', () => {
  test('gives back the newest version', async () => {
    const { secrets } = await open();
    expect(await secrets.put({ ...name, value: btoa('old') })).toEqual({ version: 1 });
    expect(await secrets.put({ ...name, value })).toEqual({ version: 2 });
    expect(await secrets.get(name)).toEqual({ value, version: 2 });
  });

  test('stores neither the value nor the data key in the clear, and the same value never twice the same', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    await secrets.put({ tenant: 'acme', name: 'other', value });
    const stored = JSON.stringify(kv.entries);
    expect(stored).not.toContain('canary-value');
    expect(stored).not.toContain(value);
    const [a, b] = kv.entries.map((entry) => JSON.parse(entry.value) as { sealed: string; dataKey: string });
    expect(a?.sealed).not.toBe(b?.sealed);
    expect(a?.dataKey).not.toBe(b?.dataKey);
  });

  test('a ciphertext moved to another name or tenant, or rolled back under a newer version, does not open', async () => {
    const { secrets, kv } = await open();
    await secrets.put({ ...name, value });
    const stolen = kv.entries[0]?.value ?? '';
    await secrets.put({ tenant: 'acme', name: 'other', value });
    await secrets.put({ tenant: 'rival', name: name.name, value });
    kv.overwrite('acme/other', stolen);
    kv.overwrite('rival/api/token', stolen);
    await expect(secrets.get({ tenant: 'acme', name: 'other' })).rejects.toThrow(code('secret/integrity'));
    await expect(secrets.get({ tenant: 'rival', name: name.name })).rejects.toThrow(code('secret/integrity'));
    kv.overwrite('acme/api/token', JSON.stringify({ ...JSON.parse(stolen), version: 2 }));
    await expect(secrets.get(name)).rejects.toThrow(code('secret/integrity'));
  });

  test('of two writers with the same version one wins, and the other learns the version in force', async () => {
    const { secrets } = await open();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => secrets.put({ ...name, value, ifVersion: 0 })));
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    await expect(secrets.put({ ...name, value, ifVersion: 7 })).rejects.toThrow(
      expect.objectContaining({ code: 'secret/version-conflict', details: { actual: 1 } }),
    );
  });

  test('a deleted secret is not found, and its next version is a new number', async () => {
    const { secrets } = await open();
    await secrets.put({ ...name, value });
    expect(await secrets.delete(name)).toEqual({ deleted: true });
    expect(await secrets.delete(name)).toEqual({ deleted: false });
    await expect(secrets.get(name)).rejects.toThrow(code('secret/not-found'));
    expect(await secrets.put({ ...name, value, ifVersion: 0 })).toEqual({ version: 2 });
  });

  test('lists names of one tenant, in pages, without the deleted', async () => {
    const { secrets } = await open();
    for (const each of ['a', 'b', 'c', 'd']) await secrets.put({ tenant: 'acme', name: each, value });
    await secrets.put({ tenant: 'acme2', name: 'x', value });
    await secrets.delete({ tenant: 'acme', name: 'b' });
    expect(await secrets.list({ tenant: 'acme', limit: 2 })).toEqual({ names: ['a', 'c'], next: 'c' });
    expect(await secrets.list({ tenant: 'acme', limit: 2, after: 'c' })).toEqual({ names: ['d'], next: null });
  });
});
