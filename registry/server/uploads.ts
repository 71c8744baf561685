import { createHash, type Hash, randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, hexOf } from '@greentic/core';
import { syncDirectory } from '../layout/durable-file.ts';
import { blobPath } from '../layout/image-layout.ts';
import { Refusal } from './refusal.ts';

/** How much may be under way, and for how long. */
export interface UploadLimits {
  /** Largest blob, in bytes. */
  readonly blobBytes: number;
  /** Uploads at once, of everybody. */
  readonly uploads: number;
  /** Uploads at once, of one account. */
  readonly uploadsPerAccount: number;
  /** How long an upload may rest between two requests, in milliseconds. */
  readonly idleMs: number;
}

/** One upload under way. */
export interface Upload {
  readonly id: string;
  readonly repository: string;
  readonly account: string;
  /** Bytes taken so far. */
  readonly offset: number;
}

interface OpenUpload extends Upload {
  offset: number;
  readonly path: string;
  readonly file: FileHandle;
  readonly hash: Hash;
  touched: number;
  busy: boolean;
}

/**
 * Blobs on their way in: each a temporary file, hashed as it grows. They do not outlive the server, which removes what an
 * earlier one left.
 */
export class Uploads implements AsyncDisposable {
  readonly #folder: string;
  readonly #limits: UploadLimits;
  readonly #now: () => Date;
  readonly #open = new Map<string, OpenUpload>();

  private constructor(folder: string, limits: UploadLimits, now: () => Date) {
    this.#folder = folder;
    this.#limits = limits;
    this.#now = now;
  }

  /** Opens the uploads of a registry folder, of which one process may do so at a time. */
  static async open(folder: string, { limits, now }: { limits: UploadLimits; now: () => Date }): Promise<Uploads> {
    const uploads = new Uploads(folder, limits, now);
    await rm(uploads.#temporary, { recursive: true, force: true });
    await mkdir(uploads.#temporary, { recursive: true });
    await mkdir(dirname(blobPath(folder, `sha256:${'0'.repeat(64)}` as Digest)), { recursive: true });
    return uploads;
  }

  get #temporary(): string {
    return join(this.#folder, 'uploads');
  }

  /** Starts an upload. Throws the refusal `TOOMANYREQUESTS`. */
  async begin(repository: string, account: string): Promise<Upload> {
    await this.expire();
    const own = [...this.#open.values()].filter((upload) => upload.account === account).length;
    if (this.#open.size >= this.#limits.uploads || own >= this.#limits.uploadsPerAccount) {
      throw new Refusal(429, 'TOOMANYREQUESTS', 'Too many uploads are under way: finish or cancel some.', {
        headers: { 'Retry-After': '30' },
      });
    }
    const id = randomUUID();
    const path = join(this.#temporary, id);
    const touched = this.#now().getTime();
    const hash = createHash('sha256');
    const file = await open(path, 'wx', 0o600);
    const upload: OpenUpload = { id, repository, account, offset: 0, path, file, hash, touched, busy: false };
    this.#open.set(id, upload);
    return upload;
  }

  /** An upload of this repository and account. Throws the refusal `BLOB_UPLOAD_UNKNOWN`. */
  find(key: UploadKey): Upload {
    return this.#find(key);
  }

  /**
   * Takes bytes up after those that are there. Throws the refusals 416 for a range that does not start there, `SIZE_INVALID` for
   * more or fewer bytes than the range says, 413 for a blob that is too large. Bytes before a broken connection stay.
   */
  async append(key: UploadKey, body: AsyncIterable<Buffer>, range?: ContentRange): Promise<Upload> {
    const upload = this.#find(key);
    if (range !== undefined && range.start !== upload.offset) throw outOfOrder(upload);
    return this.#exclusively(upload, async () => {
      const end = range === undefined ? this.#limits.blobBytes : Math.min(range.end + 1, this.#limits.blobBytes);
      for await (const chunk of body) {
        if (upload.offset + chunk.byteLength > end) await this.#fail(upload, tooMuch(range, this.#limits));
        await this.#write(upload, chunk);
        upload.hash.update(chunk);
        upload.offset += chunk.byteLength;
        upload.touched = this.#now().getTime();
      }
      if (range !== undefined && upload.offset !== range.end + 1)
        await this.#fail(upload, new Refusal(400, 'SIZE_INVALID', 'There are fewer bytes than Content-Range says.'));
      return upload;
    });
  }

  /**
   * Ends an upload: its bytes are in the store, on disk, under the digest when `keep` is called. Throws the refusal
   * `DIGEST_INVALID` for other bytes, and the upload is over.
   */
  async finish(key: UploadKey, digest: Digest, keep: () => void): Promise<void> {
    const upload = this.#find(key);
    await this.#exclusively(upload, async () => {
      if (upload.hash.copy().digest('hex') !== hexOf(digest))
        await this.#fail(
          upload,
          new Refusal(400, 'DIGEST_INVALID', 'The bytes that came are not the ones of the digest.'),
        );
      await upload.file.sync();
      if ((await upload.file.stat()).size !== upload.offset)
        await this.#fail(upload, new Refusal(500, 'BLOB_UPLOAD_INVALID', 'Not all that came is on the disk.'));
      await upload.file.close();
      const path = blobPath(this.#folder, digest);
      // In one turn, so that nobody removes the bytes before a repository holds them.
      renameSync(upload.path, path);
      keep();
      this.#open.delete(upload.id);
      await syncDirectory(dirname(path));
    });
  }

  /** Gives an upload up, with what came of it. */
  async cancel(key: UploadKey): Promise<void> {
    await this.#drop(this.#find(key));
  }

  /** Gives up what has rested too long. */
  async expire(): Promise<void> {
    const before = this.#now().getTime() - this.#limits.idleMs;
    const stale = [...this.#open.values()].filter((upload) => !upload.busy && upload.touched < before);
    for (const upload of stale) await this.#drop(upload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upload of [...this.#open.values()]) await this.#drop(upload);
  }

  #find({ repository, id, account }: UploadKey): OpenUpload {
    const upload = this.#open.get(id);
    if (upload?.repository === repository && upload.account === account) return upload;
    throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'There is no such upload.');
  }

  /** All of a chunk, as one write may take a part of it; what a full disk cut short is not gone on with. */
  async #write(upload: OpenUpload, chunk: Buffer): Promise<void> {
    await upload.file.writeFile(chunk).catch(async (error: unknown) => {
      await this.#drop(upload);
      throw error;
    });
  }

  async #exclusively<T>(upload: OpenUpload, work: () => Promise<T>): Promise<T> {
    if (upload.busy) throw new Refusal(409, 'BLOB_UPLOAD_INVALID', 'Another request is writing to this upload.');
    upload.busy = true;
    try {
      return await work();
    } finally {
      upload.busy = false;
    }
  }

  async #fail(upload: OpenUpload, refusal: Refusal): Promise<never> {
    await this.#drop(upload);
    throw refusal;
  }

  async #drop(upload: OpenUpload): Promise<void> {
    this.#open.delete(upload.id);
    await upload.file.close().catch(() => undefined);
    await rm(upload.path, { force: true });
  }
}

/** Which upload, in which repository, and whose. */
export type UploadKey = Pick<Upload, 'id' | 'repository' | 'account'>;

/** A `Content-Range` of the specification: first and last byte, both included. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
}

/** Where an upload is and how far it got, as every answer about one says. */
export function uploadHeaders({ repository, id, offset }: Upload): Record<string, string> {
  return {
    Location: `/v2/${repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(offset - 1, 0)}`,
    'Docker-Upload-UUID': id,
  };
}

function outOfOrder(upload: Upload): Refusal {
  return new Refusal(416, 'BLOB_UPLOAD_INVALID', `The next byte of this upload is number ${upload.offset}.`, {
    headers: uploadHeaders(upload),
  });
}

function tooMuch(range: ContentRange | undefined, { blobBytes }: UploadLimits): Refusal {
  return range !== undefined && range.end < blobBytes
    ? new Refusal(400, 'SIZE_INVALID', 'There are more bytes than Content-Range says.')
    : new Refusal(413, 'SIZE_INVALID', `A blob may have at most ${blobBytes} bytes.`);
}

/** Reads a `Content-Range`; undefined for none. Throws the refusal 416 for another form. */
export function contentRange(header: string | undefined, upload: Upload): ContentRange | undefined {
  if (header === undefined) return undefined;
  const [, start, end] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header) ?? [];
  if (start === undefined || Number(end) < Number(start)) throw outOfOrder(upload);
  return { start: Number(start), end: Number(end) };
}
