import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactName, DeploymentId, Digest, decode, Label, parseJson, RevisionId, Version } from '@greentic/core';
import * as z from 'zod';

/** What a worker is to run, checked. */
export const WorkerSpec = z.strictObject({
  revision: RevisionId,
  deployment: DeploymentId,
  customer: Label,
  bundle: z.strictObject({ name: ArtifactName, version: Version, digest: Digest }),
});
export type WorkerSpec = z.infer<typeof WorkerSpec>;

const WantedWorker = z.strictObject({
  spec: WorkerSpec,
  /** Whether it is to run. */
  wanted: z.boolean(),
  /** Starts since it was defined. */
  starts: z.int().min(0),
});

/** One worker the supervisor remembers. */
export type WantedWorker = z.infer<typeof WantedWorker>;

const Document = z.strictObject({
  schema: z.literal('greentic.workers/1'),
  workers: z.array(WantedWorker).max(10_000),
});
const MAX_BYTES = 16 * 2 ** 20;

/** The durable list of workers: written whole, one write after the other. */
export class WantedWorkers {
  readonly #file: string;
  #last: Promise<void> = Promise.resolve();

  constructor(file: string) {
    this.#file = file;
  }

  /** The list as last saved; empty when there is none. Throws `env/invalid` when it is malformed. */
  async load(): Promise<WantedWorker[]> {
    const bytes = await readFile(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (bytes === null) return [];
    const value = parseJson(bytes, { maxBytes: MAX_BYTES, code: 'env/invalid' });
    return decode(Document, value, 'env/invalid', 'The list of workers').workers;
  }

  /** Saves the list `take` gives when its turn comes; resolves when the disk has it. */
  save(take: () => readonly WantedWorker[]): Promise<void> {
    const write = this.#last.then(() => this.#write(JSON.stringify({ schema: 'greentic.workers/1', workers: take() })));
    // The next write has the whole list again, so a failed one fails only for who asked for it.
    this.#last = write.catch(() => undefined);
    return write;
  }

  async #write(text: string): Promise<void> {
    const next = `${this.#file}.next`;
    const handle = await open(next, 'w', 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, this.#file);
    const folder = await open(path.dirname(this.#file), 'r');
    await folder.sync().finally(() => folder.close());
  }
}
