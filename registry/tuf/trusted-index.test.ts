import { join } from 'node:path';
import { canonicalize } from '@greentic/core';
import { expect, test } from 'vitest';
import { readBounded } from '../layout/bounded-file.ts';
import { ROLE_KEYS, SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { METADATA_MAX_BYTES } from './signed.ts';
import { TrustedIndex } from './trusted-index.ts';

test('what verified metadata names is asked for by the length it names, the rest by the limit of its role', async () => {
  await using registry = await SampleRegistry.create(ROLE_KEYS);
  await registry.publish(samplePack());
  const asked = new Map<string, { maxBytes: number; length: number }>();
  const root = Buffer.from(canonicalize(registry.trustRoot.registries[0]?.root));
  const read = async (file: string, maxBytes: number) => {
    const bytes = await readBounded(join(registry.folder, 'tuf', file), maxBytes, 'index/invalid');
    asked.set(file, { maxBytes, length: bytes?.byteLength ?? 0 });
    return bytes;
  };
  await (await TrustedIndex.open({ root, read, now: T0 })).versionsOf(SAMPLE);
  const files = [...asked];
  expect(files.slice(0, 2).map(([file, { maxBytes }]) => [file, maxBytes])).toEqual([
    ['2.root.json', METADATA_MAX_BYTES.root],
    ['timestamp.json', METADATA_MAX_BYTES.timestamp],
  ]);
  expect(files).toHaveLength(6);
  for (const [, { maxBytes, length }] of files.slice(2)) expect(maxBytes).toBe(length);
});
