import { MemoryKv, MemorySeal, openForTest } from '@greentic/sdk/testing';
import { expect, test } from 'vitest';
import pack from './index.ts';

test('names are listed whole, though what is stored of them is more than the host gives at once', async () => {
  const secrets = await openForTest(pack, { kv: { secrets: new MemoryKv() }, seal: { master: new MemorySeal() } });
  const value = Buffer.alloc(64 * 1024, 7).toString('base64');
  const names = Array.from({ length: 70 }, (_, i) => `n${String(i).padStart(2, '0')}`);
  for (const name of names) await secrets.put({ tenant: 'acme', name, value });
  expect(await secrets.list({ tenant: 'acme', limit: 1000 })).toEqual({ names, next: null });
  expect(await secrets.list({ tenant: 'acme', limit: 33 })).toEqual({ names: names.slice(0, 33), next: names[32] });
});
