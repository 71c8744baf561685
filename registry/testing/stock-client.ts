import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';

/** What tuf-js's own client asked for. */
export interface StockReads {
  files: number;
  bytes: number;
}

/** Fetches files for tuf-js, and counts them; what is not there is a 404. */
function fetching(reads: StockReads): Fetcher {
  return {
    downloadBytes: async (url, maxLength) => {
      reads.files++;
      const bytes = await readFile(fileURLToPath(url)).catch(() => undefined);
      if (bytes === undefined) throw new DownloadHTTPError('not found', 404);
      reads.bytes += bytes.byteLength;
      if (bytes.byteLength > maxLength) throw new Error('too long');
      return bytes;
    },
    downloadFile: () => Promise.reject(new Error('not asked')),
  };
}

/** tuf-js's own client with a stock configuration, over an index in a folder; it reads the time from the clock. */
export class StockClient implements AsyncDisposable {
  readonly reads: StockReads = { files: 0, bytes: 0 };
  readonly #cache: string;
  readonly #folder: string;

  private constructor(cache: string, folder: string) {
    this.#cache = cache;
    this.#folder = folder;
  }

  /** A client that has pinned a root and seen nothing yet. */
  static async create(folder: string, root: unknown): Promise<StockClient> {
    const cache = await mkdtemp(join(tmpdir(), 'stock-'));
    await writeFile(join(cache, 'root.json'), JSON.stringify(root));
    return new StockClient(cache, folder);
  }

  /** SHA-256 of the target that the index names now; undefined when it names none. Throws when the client refuses. */
  async target(path: string): Promise<string | undefined> {
    const metadataBaseUrl = `file://${this.#folder}/tuf`;
    const updater = new Updater({ metadataDir: this.#cache, metadataBaseUrl, fetcher: fetching(this.reads) });
    return (await updater.getTargetInfo(path))?.hashes['sha256'];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#cache, { recursive: true, force: true });
  }
}
