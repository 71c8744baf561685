import { join } from 'node:path';
import { writeDurable } from '../layout/durable-file.ts';
import { type Omitted, readListing } from './listing.ts';
import { packPage } from './pack-page.ts';
import { SEARCH_SCRIPT } from './search-script.ts';
import { pageFile, startPage } from './start-page.ts';
import { STYLE } from './style.ts';

/** A catalogue: its files by name, and what was left out of it. */
export interface Catalogue {
  readonly files: ReadonlyMap<string, string>;
  readonly omitted: readonly Omitted[];
}

/**
 * The catalogue of a registry folder, as static files that need no server. Throws `index/*` and `registry/unreachable` when the
 * index itself cannot be read; a name that does not hold is left out.
 */
export async function makeCatalogue(folder: string, now: Date): Promise<Catalogue> {
  const { listed, omitted } = await readListing(folder, now);
  const pages = listed.map((entry) => [pageFile(entry.document.name), packPage(entry)] as const);
  const shared = [
    ['index.html', startPage(listed)],
    ['style.css', STYLE],
    ['search.js', SEARCH_SCRIPT],
  ] as const;
  return { files: new Map([...shared, ...pages]), omitted };
}

/** Writes the catalogue of a registry folder into another folder; what else is there stays. */
export async function writeCatalogue(folder: string, { out, now }: { out: string; now: Date }): Promise<Catalogue> {
  const catalogue = await makeCatalogue(folder, now);
  for (const [file, text] of catalogue.files) await writeDurable(join(out, file), Buffer.from(text));
  return catalogue;
}
