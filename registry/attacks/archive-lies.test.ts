import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tarEntries } from '../testing/folder-tar.ts';
import { SampleRegistry, samplePack } from '../testing/sample-registry.ts';
import { ARCHIVE_LIES } from './archive-lies.fixture.ts';

describe('an archive that lies', () => {
  test.each(ARCHIVE_LIES)('with $name is refused with $code, and nothing is kept', async ({ code, forge }) => {
    await using registry = await SampleRegistry.create();
    await registry.publish(samplePack());
    const file = join(registry.home, 'registry.tar');
    await writeFile(file, forge(await tarEntries(registry.folder)));
    const [main] = registry.trustRoot.registries;
    if (main === undefined) throw new Error('sample');
    registry.trustRoot = { ...registry.trustRoot, registries: [{ ...main, location: file }] };
    await expect(registry.install()).rejects.toMatchObject({ code });
    expect(await readdir(registry.cache).catch(() => [])).toEqual([]);
  });
});
