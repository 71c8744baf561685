import { type ArtifactName, generateKeyPair } from '@greentic/core';
import { initRegistry, oneKey } from '@greentic/registry';
import { type Width, widenIndex } from '../registry/testing/wide-index.ts';

/** Makes a registry whose index names many versions; there are no artifacts behind them. */
export async function makeWideRegistry(
  folder: string,
  width: Width,
): Promise<{ pinned: unknown; names: ArtifactName[] }> {
  const registryKeys = oneKey(generateKeyPair().secretKey);
  const now = new Date();
  const pinned = await initRegistry(folder, { keys: registryKeys, now });
  return { pinned, names: await widenIndex(folder, width, { registryKeys, publisher: generateKeyPair(), now }) };
}
