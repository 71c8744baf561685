import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Digest } from '@greentic/core';

/** File of a registry folder that says which repository holds what. */
export const REPOSITORIES_FILE = 'repositories.sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS blob (
    repository TEXT NOT NULL, digest TEXT NOT NULL, published INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS manifest (
    repository TEXT NOT NULL, digest TEXT NOT NULL, mediaType TEXT NOT NULL, size INTEGER NOT NULL,
    subject TEXT, artifactType TEXT, annotations TEXT, published INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tag (
    repository TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, published INTEGER NOT NULL,
    PRIMARY KEY (repository, name)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS blobByDigest ON blob (digest);
  CREATE INDEX IF NOT EXISTS manifestByDigest ON manifest (digest);
  CREATE INDEX IF NOT EXISTS manifestBySubject ON manifest (repository, subject);
`;

/** What a repository knows of a manifest. */
export interface ManifestRecord {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  readonly subject?: Digest | undefined;
  readonly artifactType?: string | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A published version: its tag, and everything a reader of it fetches. */
export interface PublishedVersion {
  readonly repository: string;
  readonly version: string;
  /** Digest of the group: what the tag names. */
  readonly group: Digest;
  readonly manifests: readonly ManifestRecord[];
  readonly blobs: readonly Digest[];
}

/**
 * Which repository holds which blobs, manifests and tags. The bytes are in one store that all share; this is what keeps one
 * repository’s content out of another. Every change is one durable transaction.
 */
export class Repositories implements Disposable {
  readonly #database: DatabaseSync;

  constructor(folder: string) {
    this.#database = new DatabaseSync(join(folder, REPOSITORIES_FILE), { timeout: 5_000 });
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.#database.exec(SCHEMA);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  /** Whether anything is in a repository. */
  has(repository: string): boolean {
    return ['manifest', 'blob'].some(
      (table) => this.#get(`SELECT 1 FROM ${table} WHERE repository = ? LIMIT 1`, repository) !== undefined,
    );
  }

  hasBlob(repository: string, digest: Digest): boolean {
    return this.#get('SELECT 1 FROM blob WHERE repository = ? AND digest = ?', repository, digest) !== undefined;
  }

  /** Whether any repository holds the bytes of a digest. */
  isHeld(digest: Digest): boolean {
    return ['manifest', 'blob'].some(
      (table) => this.#get(`SELECT 1 FROM ${table} WHERE digest = ? LIMIT 1`, digest) !== undefined,
    );
  }

  /** Whether a published version rests on a digest in this repository. */
  isPublished(repository: string, digest: Digest): boolean {
    return ['manifest', 'blob'].some(
      (table) =>
        this.#get(
          `SELECT 1 FROM ${table} WHERE repository = ? AND digest = ? AND published = 1`,
          repository,
          digest,
        ) !== undefined,
    );
  }

  manifest(repository: string, digest: Digest): ManifestRecord | undefined {
    const row = this.#get('SELECT * FROM manifest WHERE repository = ? AND digest = ?', repository, digest);
    return row === undefined ? undefined : recordOf(row);
  }

  /** What a tag names, and whether it names a published version. */
  tag(repository: string, name: string): { digest: Digest; published: boolean } | undefined {
    const row = this.#get('SELECT digest, published FROM tag WHERE repository = ? AND name = ?', repository, name);
    return row && { digest: row['digest'] as Digest, published: row['published'] === 1 };
  }

  /** Tags in the order of their bytes, after `last`, at most `limit`. */
  tags(repository: string, { last = '', limit }: { last?: string; limit: number }): string[] {
    const sql = 'SELECT name FROM tag WHERE repository = ? AND name > ? ORDER BY name LIMIT ?';
    return this.#all(sql, repository, last, limit).map((row) => row['name'] as string);
  }

  /** Manifests whose subject is a digest, in order of digest. */
  referrers(repository: string, subject: Digest): ManifestRecord[] {
    const sql = 'SELECT * FROM manifest WHERE repository = ? AND subject = ? ORDER BY digest';
    return this.#all(sql, repository, subject).map(recordOf);
  }

  addBlob(repository: string, digest: Digest): void {
    this.#run('INSERT INTO blob VALUES (?, ?, 0) ON CONFLICT DO NOTHING', repository, digest);
  }

  /** Adds a manifest, and points a tag at it. */
  addManifest(repository: string, record: ManifestRecord, tag?: string): void {
    this.#transaction(() => {
      this.#insertManifest(repository, record, 0);
      if (tag === undefined) return;
      const sql = 'INSERT INTO tag VALUES (?, ?, ?, 0) ON CONFLICT DO UPDATE SET digest = excluded.digest';
      this.#run(sql, repository, tag, record.digest);
    });
  }

  /** Forgets a blob; false when the repository has none. */
  removeBlob(repository: string, digest: Digest): boolean {
    return this.#run('DELETE FROM blob WHERE repository = ? AND digest = ?', repository, digest) > 0;
  }

  /** Forgets a manifest and the tags that name it; false when the repository has none. */
  removeManifest(repository: string, digest: Digest): boolean {
    return this.#transaction(() => {
      this.#run('DELETE FROM tag WHERE repository = ? AND digest = ?', repository, digest);
      return this.#run('DELETE FROM manifest WHERE repository = ? AND digest = ?', repository, digest) > 0;
    });
  }

  /** Forgets a tag; false when the repository has none. */
  removeTag(repository: string, name: string): boolean {
    return this.#run('DELETE FROM tag WHERE repository = ? AND name = ?', repository, name) > 0;
  }

  /** Takes published versions up, all or none. What they rest on cannot be removed any more. */
  publish(versions: readonly PublishedVersion[]): void {
    this.#transaction(() => {
      for (const { repository, version, group, manifests, blobs } of versions) {
        for (const digest of blobs)
          this.#run('INSERT INTO blob VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET published = 1', repository, digest);
        for (const record of manifests) this.#insertManifest(repository, record, 1);
        const sql =
          'INSERT INTO tag VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET digest = excluded.digest, published = 1';
        this.#run(sql, repository, version, group);
      }
    });
  }

  #insertManifest(repository: string, record: ManifestRecord, published: 0 | 1): void {
    const { digest, mediaType, size, subject, artifactType, annotations } = record;
    this.#run(
      'INSERT INTO manifest VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET published = max(published, excluded.published)',
      repository,
      digest,
      mediaType,
      size,
      subject ?? null,
      artifactType ?? null,
      annotations === undefined ? null : JSON.stringify(annotations),
      published,
    );
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#database.prepare(sql).get(...values);
  }

  #all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...values).changes);
  }
}

type Row = Record<string, unknown>;

function recordOf(row: Row): ManifestRecord {
  const { digest, mediaType, size, subject, artifactType, annotations } = row;
  return {
    digest: digest as Digest,
    mediaType: mediaType as string,
    size: size as number,
    subject: (subject ?? undefined) as Digest | undefined,
    artifactType: (artifactType ?? undefined) as string | undefined,
    annotations: annotations === null ? undefined : (JSON.parse(annotations as string) as Record<string, string>),
  };
}
