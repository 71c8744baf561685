/** A look into an index: told `{ registry, cache, names }`, refreshes it for each name and tells what each refresh cost. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactName, canonicalize } from '@greentic/core';
import { openSource, type RegistryEntry } from '@greentic/registry';
import { TrustedIndex } from '../../registry/tuf/trusted-index.ts';

const { registry, cache, names } = JSON.parse(process.argv[2] ?? '') as {
  registry: RegistryEntry;
  cache: string;
  names: string[];
};
const now = () => new Date();
const source = openSource({ registry, cache, now });
const cpuMs: number[] = [];
for (const name of names) {
  const before = process.cpuUsage();
  await source.index(ArtifactName.parse(name));
  const { user, system } = process.cpuUsage(before);
  cpuMs.push((user + system) / 1000);
}

let requests = 0;
let documents = 0;
let bytes = 0;
const read = async (file: string) => {
  if (file.startsWith('targets/')) documents++;
  else requests++;
  const found = await readFile(path.join(registry.location, 'tuf', file)).catch(() => undefined);
  bytes += found?.byteLength ?? 0;
  return found;
};
const index = await TrustedIndex.open({ root: Buffer.from(canonicalize(registry.root)), read, now: now() });
const { document } = await index.versionsOf(ArtifactName.parse(names[0]));
process.stdout.write(`${JSON.stringify({ cpuMs, requests, documents, bytes, versions: document.versions.length })}\n`);
