/** tuf-js's own client over an index: told `{ location, root, paths, cache }`, looks up each path and tells what it cost. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';

const { location, root, paths, cache } = JSON.parse(process.argv[2] ?? '') as {
  location: string;
  root: unknown;
  paths: string[];
  cache: string;
};
mkdirSync(cache, { recursive: true });
writeFileSync(path.join(cache, 'root.json'), JSON.stringify(root));

let requests = 0;
let bytes = 0;
const fetcher = {
  downloadBytes: async (url: string) => {
    requests++;
    const found = await readFile(fileURLToPath(url)).catch(() => undefined);
    if (found === undefined) throw new DownloadHTTPError('not found', 404);
    bytes += found.byteLength;
    return found;
  },
  downloadFile: () => Promise.reject(new Error('not asked')),
};
const cpuMs: number[] = [];
let cold = { requests: 0, bytes: 0 };
for (const target of paths) {
  const before = process.cpuUsage();
  const updater = new Updater({ metadataDir: cache, metadataBaseUrl: `file://${location}/tuf`, fetcher });
  if ((await updater.getTargetInfo(target)) === undefined) throw new Error(`tuf-js knows no ${target}.`);
  const { user, system } = process.cpuUsage(before);
  cpuMs.push((user + system) / 1000);
  if (cpuMs.length === 1) cold = { requests, bytes };
}
process.stdout.write(`${JSON.stringify({ cpuMs, ...cold })}\n`);
