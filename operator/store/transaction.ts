import path from 'node:path';
import { type Digest, digestOf, type ErrorCode, GreenticError } from '@greentic/core';
import { type AuditEvent, encodeEvent, NO_LINE, STORED_FILES, type StoredFile } from './audit-event.ts';
import { AUDIT_FILE, type AuditTail, readTail } from './audit-log.ts';
import type { Disk } from './disk.ts';

/** Largest file of an environment, in bytes. */
export const DOCUMENT_MAX_BYTES = 4 * 2 ** 20;

/** How many earlier versions of each file are kept. */
export const BACKUPS_KEPT = 10;

/** An environment's files, each with the digest the audit's last event names. */
export interface Stored {
  readonly tail: AuditTail;
  readonly files: ReadonlyMap<StoredFile, Buffer>;
}

/** An audit event without what the log itself knows. */
export type EventDraft = Omit<AuditEvent, 'schema' | 'sequence' | 'files' | 'previous' | 'hash'>;

const MISMATCH: Readonly<Record<StoredFile, ErrorCode>> = {
  'environment.json': 'env/invalid',
  'env.lock.json': 'lock/mismatch',
  'trust-root.json': 'trust/root-changed',
};

const next = (folder: string, file: StoredFile) => path.join(folder, `${file}.next`);

/**
 * The files when all agree with the audit, without a lock and without changing anything; undefined when they do not, be it
 * because a commit is under way, because one was cut short, or because somebody changed a file.
 */
export async function peek(disk: Disk, folder: string): Promise<Stored | undefined> {
  const { tail } = await readTail(disk, path.join(folder, AUDIT_FILE));
  if (tail === undefined) return undefined;
  const files = new Map<StoredFile, Buffer>();
  for (const file of STORED_FILES) {
    const bytes = await readDocument(disk, path.join(folder, file));
    if (!agrees(bytes, tail.event.files[file])) return undefined;
    if (bytes !== undefined) files.set(file, bytes);
  }
  return { tail, files };
}

/**
 * Finishes what a commit left when it was cut short, under the lock: a torn audit line is cut, as it was never acknowledged;
 * a file that the audit's last event names and that waits under its `.next` name is put in place; every other `.next` is
 * removed. Undefined when nothing was ever committed here. Throws `env/invalid`, `lock/mismatch` or `trust/root-changed` when a
 * file is not the one recorded, be it that nothing is recorded, `audit/broken` when the last line was changed, and
 * `env/unwritable` when the disk fails.
 */
export async function recover(disk: Disk, folder: string): Promise<Stored | undefined> {
  const audit = path.join(folder, AUDIT_FILE);
  const { tail, torn } = await readTail(disk, audit);
  if (torn > 0) await guarded('env/unwritable', disk.truncate(audit, tail?.end ?? 0));
  const files = new Map<StoredFile, Buffer>();
  for (const file of STORED_FILES) {
    const bytes = await settle(disk, folder, file, tail?.event.files[file]);
    if (bytes !== undefined) files.set(file, bytes);
  }
  return tail === undefined ? undefined : { tail, files };
}

/** The contents of one file after recovery. */
async function settle(
  disk: Disk,
  folder: string,
  file: StoredFile,
  recorded: Digest | undefined,
): Promise<Buffer | undefined> {
  const current = await readDocument(disk, path.join(folder, file));
  if (agrees(current, recorded)) {
    await guarded('env/unwritable', disk.remove(next(folder, file)));
    return current;
  }
  const waiting = await readDocument(disk, next(folder, file));
  if (recorded !== undefined && agrees(waiting, recorded)) {
    await guarded('env/unwritable', disk.rename(next(folder, file), path.join(folder, file)));
    await guarded('env/unwritable', disk.syncFolder(folder));
    return waiting;
  }
  throw new GreenticError(
    MISMATCH[file],
    `${file} is ${current === undefined ? 'missing' : 'not the one that was recorded'}.`,
  );
}

function agrees(bytes: Buffer | undefined, recorded: Digest | undefined): boolean {
  return bytes === undefined ? recorded === undefined : digestOf(bytes) === recorded;
}

async function readDocument(disk: Disk, file: string): Promise<Buffer | undefined> {
  const slice = await disk.read(file, { maxBytes: DOCUMENT_MAX_BYTES });
  if (slice === undefined) return undefined;
  if (slice.size > DOCUMENT_MAX_BYTES) {
    throw new GreenticError('env/invalid', `${path.basename(file)} is larger than ${DOCUMENT_MAX_BYTES} bytes.`);
  }
  return slice.bytes;
}

/**
 * Puts new contents in force, under the lock and after `recover`. The audit line is the commit point: before it is durable a
 * failure leaves the environment as it was, after it `recover` can finish the rest. Throws `env/unwritable` when the files
 * cannot be written and `audit/unwritable` when the line cannot; nothing was changed then, unless the details say
 * `committed: true`.
 */
export async function commit(
  disk: Disk,
  folder: string,
  before: Stored | undefined,
  writes: ReadonlyMap<StoredFile, Buffer>,
  draft: EventDraft,
): Promise<Stored> {
  const files = new Map([...(before?.files ?? []), ...writes]);
  const record = encodeRecord(before, files, draft);
  await guarded('env/unwritable', prepare(disk, folder, before, writes));
  const tail = await append(disk, path.join(folder, AUDIT_FILE), before, record);
  await guarded('env/unwritable', putInPlace(disk, folder, writes), { committed: true });
  return { tail, files };
}

/** Records something that changed nothing, under the lock and after `recover`. Throws `audit/unwritable`. */
export async function appendEvent(disk: Disk, folder: string, before: Stored, draft: EventDraft): Promise<Stored> {
  const tail = await append(disk, path.join(folder, AUDIT_FILE), before, encodeRecord(before, before.files, draft));
  return { tail, files: before.files };
}

function encodeRecord(before: Stored | undefined, files: ReadonlyMap<StoredFile, Buffer>, draft: EventDraft) {
  return encodeEvent({
    ...draft,
    sequence: (before?.tail.event.sequence ?? 0) + 1,
    files: Object.fromEntries([...files].map(([file, bytes]) => [file, digestOf(bytes)])),
    previous: before?.tail.digest ?? NO_LINE,
  });
}

async function prepare(
  disk: Disk,
  folder: string,
  before: Stored | undefined,
  writes: ReadonlyMap<StoredFile, Buffer>,
) {
  if (before === undefined) await disk.append(path.join(folder, AUDIT_FILE), Buffer.alloc(0));
  for (const [file, bytes] of writes) {
    const overwritten = before?.files.get(file);
    if (before !== undefined && overwritten !== undefined) {
      await backUp(disk, path.join(folder, 'backups'), before.tail.event.generation.after, file, overwritten);
    }
    await disk.write(next(folder, file), bytes);
  }
  // The audit may name a file only when its `.next` would be found after a loss of power.
  await disk.syncFolder(folder);
}

async function backUp(disk: Disk, backups: string, generation: number, file: StoredFile, bytes: Buffer) {
  const kept = ((await disk.list(backups)) ?? []).filter(({ name }) => name.endsWith(`.${file}`));
  for (const { name } of kept.slice(0, Math.max(0, kept.length - BACKUPS_KEPT + 1)))
    await disk.remove(path.join(backups, name));
  await disk.write(path.join(backups, `${String(generation).padStart(12, '0')}.${file}`), bytes);
}

async function append(
  disk: Disk,
  audit: string,
  before: Stored | undefined,
  record: ReturnType<typeof encodeEvent>,
): Promise<AuditTail> {
  const end = before?.tail.end ?? 0;
  const bytes = Buffer.concat([record.line, Buffer.from('\n')]);
  try {
    await disk.append(audit, bytes);
  } catch (error) {
    // The line may be there in part or whole; while it is, recovery would take it for committed.
    await guarded('audit/unwritable', disk.truncate(audit, end), { committed: 'unknown' });
    throw new GreenticError('audit/unwritable', undefined, { cause: error });
  }
  return { event: record.event, digest: record.digest, end: end + bytes.byteLength };
}

async function putInPlace(disk: Disk, folder: string, writes: ReadonlyMap<StoredFile, Buffer>) {
  for (const file of writes.keys()) await disk.rename(next(folder, file), path.join(folder, file));
  await disk.syncFolder(folder);
}

/** The outcome of a disk operation; its failure as one of ours. */
async function guarded<T>(code: ErrorCode, operation: Promise<T>, details?: Record<string, unknown>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw new GreenticError(code, undefined, { cause: error, ...(details === undefined ? {} : { details }) });
  }
}
