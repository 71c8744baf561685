import { join } from 'node:path';
import { digestOf } from '@greentic/core';
import { type Catalogue, makeCatalogue } from '../catalogue/catalogue.ts';
import { CONTENT_POLICY } from '../catalogue/page.ts';
import { readBounded } from '../layout/bounded-file.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import type { Log } from './access-log.ts';
import { answer, type Exchange } from './exchange.ts';
import { Refusal } from './refusal.ts';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The catalogue of a served registry: made when somebody looks, and again when the index has changed since. */
export class CataloguePages {
  readonly #folder: string;
  readonly #now: () => Date;
  readonly #log: Log;
  #stamp: string | undefined;
  #catalogue: Promise<Catalogue> | undefined;

  constructor({ folder, now, log }: { folder: string; now: () => Date; log: Log }) {
    this.#folder = folder;
    this.#now = now;
    this.#log = log;
  }

  /** A file of the catalogue; undefined when it has none of that name. Throws as `makeCatalogue` does. */
  async file(name: string): Promise<string | undefined> {
    const bytes = await readBounded(
      join(this.#folder, 'tuf', 'timestamp.json'),
      METADATA_MAX_BYTES.timestamp,
      'index/invalid',
    );
    const stamp = bytes === undefined ? '' : digestOf(bytes);
    if (this.#catalogue === undefined || stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#catalogue = this.#make();
    }
    return (await this.#catalogue).files.get(name);
  }

  async #make(): Promise<Catalogue> {
    try {
      const catalogue = await makeCatalogue(this.#folder, this.#now());
      for (const { name, error } of catalogue.omitted)
        this.#log({
          event: 'page-omitted',
          at: this.#now().toISOString(),
          name,
          code: error.code,
          reason: error.message,
        });
      return catalogue;
    } catch (error) {
      // What could not be made is tried again by whoever looks next.
      this.#stamp = undefined;
      throw error;
    }
  }
}

/** `GET /` and the other pages of the catalogue. */
export async function pageEndpoint(
  pages: CataloguePages,
  exchange: Exchange,
  { file }: { file: string },
): Promise<void> {
  const { method } = exchange.request;
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refusal(405, 'UNSUPPORTED', 'Pages are read.', { headers: { Allow: 'GET, HEAD' } });
  const text = await pages.file(file);
  if (text === undefined) throw new Refusal(404, 'UNSUPPORTED', 'There is nothing here.');
  answer(
    exchange,
    200,
    {
      'Content-Type': TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      'Content-Security-Policy': `${CONTENT_POLICY}; frame-ancestors 'none'`,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'private, no-cache',
    },
    text,
  );
}
