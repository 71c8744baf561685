import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalize } from '@greentic/core';
import { type Fetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { expect, test } from 'vitest';
import { pinnedRoot } from '../publish/registry.ts';
import { SAMPLE, SampleRegistry, samplePack, T0 } from '../testing/sample-registry.ts';
import { documentPath } from './metadata.ts';
import { TrustedIndex } from './trusted-index.ts';

/** tuf-js's own client, over files. */
const files: Fetcher = {
  downloadBytes: async (url) => {
    try {
      return await readFile(fileURLToPath(url));
    } catch {
      throw new DownloadHTTPError('not found', 404);
    }
  },
  downloadFile: () => Promise.reject(new Error('not asked')),
};

test('the stock TUF client accepts the index, and sees the same target as ours', async () => {
  await using registry = await SampleRegistry.create();
  for (const version of ['1.0.0', '1.1.0']) await registry.publish(samplePack(version));
  const root = await pinnedRoot(registry.folder);
  const metadataDir = await mkdtemp(join(tmpdir(), 'stock-'));
  try {
    await writeFile(join(metadataDir, 'root.json'), JSON.stringify(root));
    const updater = new Updater({ metadataDir, metadataBaseUrl: `file://${registry.folder}/tuf`, fetcher: files });
    const target = await updater.getTargetInfo(documentPath('acme', SAMPLE));

    const read = (file: string) => readFile(join(registry.folder, 'tuf', file)).catch(() => undefined);
    const index = await TrustedIndex.open({ root: Buffer.from(canonicalize(root)), read, now: T0 });
    const { document } = await index.versionsOf(SAMPLE);

    expect(document.versions.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0']);
    await expect(
      readFile(join(registry.folder, 'tuf', 'targets', 'acme', `${target?.hashes['sha256']}.${SAMPLE}.json`)),
    ).resolves.toHaveLength(target?.length ?? 0);
  } finally {
    await rm(metadataDir, { recursive: true, force: true });
  }
});
