import { expect, test } from 'vitest';
import { MemoryKv } from './index.ts';

const MIB = 2 ** 20;

test('a list of the map in memory is bounded in bytes as the host’s is: 4 MiB of keys and values', async () => {
  const kv = new MemoryKv();
  for (const key of ['a', 'b', 'c', 'd']) await kv.commit({ writes: [{ key, value: 'v'.repeat(MIB - 1) }] });
  expect(await kv.list({ prefix: '', limit: 10 })).toHaveLength(4);
  await kv.commit({ writes: [{ key: 'e', value: '' }] });
  const tooLarge = expect.objectContaining({ code: 'limit/message' });
  await expect(kv.list({ prefix: '', limit: 10 })).rejects.toThrow(tooLarge);
  expect(await kv.list({ prefix: '', limit: 4 })).toHaveLength(4);
});

test('the bound counts bytes of UTF-8, not characters', async () => {
  const kv = new MemoryKv();
  await kv.commit({ writes: [{ key: 'é', value: 'é'.repeat(2 * MIB) }] });
  await expect(kv.list({ prefix: '', limit: 1 })).rejects.toThrow(expect.objectContaining({ code: 'limit/message' }));
});
