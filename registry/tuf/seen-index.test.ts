import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@greentic/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEYS, T0 } from '../testing/sample-registry.ts';
import type { SeenIndex } from './client-workflow.ts';
import { encodeMetadata, expiryAfter, metaFactsOf } from './metadata.ts';
import { SeenIndexFile } from './seen-index.ts';
import { SPEC_VERSION } from './signed.ts';

let cache: string;
let file: SeenIndexFile;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'seen-'));
  file = new SeenIndexFile(cache, { name: 'main', root: digestOf('root') });
});
afterEach(() => rm(cache, { recursive: true }));

/** What was seen under a root, with a timestamp of a version. */
function seen(root: number, version: number): SeenIndex {
  const meta = { 'snapshot.json': metaFactsOf(1, Buffer.from('{}')) };
  const signed = {
    _type: 'timestamp',
    spec_version: SPEC_VERSION,
    version,
    expires: expiryAfter(T0, 7),
    meta,
  } as const;
  const timestamp = encodeMetadata(signed as never, [KEYS.timestamp.secretKey]);
  return { root, roots: [], timestamp, snapshot: Buffer.from('{}') };
}

async function kept(): Promise<[root: number, version: number] | undefined> {
  const found = await file.read();
  return found && [found.root, JSON.parse(Buffer.from(found.timestamp).toString()).signed.version];
}

describe('the newest index that was seen', () => {
  test('is nothing at first, and then what was kept', async () => {
    expect(await kept()).toBeUndefined();
    await file.keep(seen(1, 5));
    expect(await kept()).toEqual([1, 5]);
  });

  test.each([
    ['a newer timestamp of the same root takes its place', [1, 6], [1, 6]],
    ['an older timestamp of the same root does not', [1, 4], [1, 5]],
    ['a newer root takes its place, also with a timestamp that counts less', [2, 1], [2, 1]],
  ])('%s', async (_, [root = 0, version = 0], expected) => {
    await file.keep(seen(1, 5));
    await file.keep(seen(root, version));
    expect(await kept()).toEqual(expected);
  });

  test('an older root never does, however far its timestamp counts', async () => {
    await file.keep(seen(2, 5));
    await file.keep(seen(1, 900));
    expect(await kept()).toEqual([2, 5]);
  });

  test('of another pinned root is another', async () => {
    await file.keep(seen(1, 5));
    const other = new SeenIndexFile(cache, { name: 'main', root: digestOf('another root') });
    expect(await other.read()).toBeUndefined();
  });
});
