import { MemoryKv, openForTest } from '@greentic/sdk/testing';
import { expect, test } from 'vitest';
import pack from './index.ts';
import { listWhole } from './whole-list.fixture.ts';

const LARGEST = 'v'.repeat(256 * 1024);

test('keys are listed whole, though their values are together more than the host gives at once', async () => {
  const state = await openForTest(pack, { kv: { state: new MemoryKv() } });
  const keys = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`);
  for (const key of keys) await state.put({ tenant: 'acme', key, value: LARGEST });
  for (const limit of [1, 15, 16, 17, 39, 40, 1000]) {
    expect(await listWhole(state, 'k', limit)).toEqual(keys);
  }
});

test('a single entry that the host cannot give is an error, not an endless search', async () => {
  const kv = new MemoryKv();
  const state = await openForTest(pack, { kv: { state: kv } });
  kv.overwrite('acme/k', 'v'.repeat(5 * 2 ** 20));
  const tooLarge = expect.objectContaining({ code: 'limit/message' });
  await expect(state.list({ tenant: 'acme', prefix: '', limit: 1000 })).rejects.toThrow(tooLarge);
});
