import path from 'node:path';
import { decode, EnvironmentName, GreenticError, toGreenticError } from '@greentic/core';
import * as z from 'zod';
import type { Actor, Authorise } from '../actor.ts';
import type { Snapshot } from '../decision.ts';
import { type AuditEvent, IdempotencyKey, VerbName, VerbTarget } from './audit-event.ts';
import { AUDIT_FILE, type AuditHead, readEvents, verifyChain } from './audit-log.ts';
import { type Disk, nodeDisk } from './disk.ts';
import { decodeSnapshot } from './document.ts';
import { acquireLock } from './environment-lock.ts';
import type {
  Change,
  Creation,
  EnvironmentStore,
  ListedEnvironment,
  Outcome,
  Refusal,
  Request,
} from './environment-store.ts';
import { peek, recover, type Stored } from './transaction.ts';
import { appendRefusal, recordRefusal, type Site, writeDecision } from './write-path.ts';

/** What a file store works with. */
export interface FileStoreOptions {
  /** Folder that holds one folder per environment. */
  readonly root: string;
  /** On whose behalf. */
  readonly actor: Actor;
  readonly authorise: Authorise;
  readonly now: () => Date;
  /** How long a change waits for its turn, in milliseconds; 10,000 unless told. */
  readonly lockTimeoutMs?: number;
  /** The dice of the waiting: a number from 0 to below 1. */
  readonly random?: () => number;
  /** The machine's own unless told. */
  readonly disk?: Disk;
}

const CheckedRequest = z.object({ verb: VerbName, target: VerbTarget, idempotencyKey: IdempotencyKey.exactOptional() });
const Page = z.strictObject({ after: z.int().min(0).default(0), limit: z.int().min(1).max(1000).default(100) });

/** Folders of an environment; `data` and `cache` belong to its running half, the store only makes them. */
const FOLDERS = ['backups', 'data', 'cache'];

/** Where an environment's files, data and cache lie. Throws `input/invalid` for what is no name of an environment. */
export function environmentFolder(root: string, name: string): string {
  return path.join(root, decode(EnvironmentName, name, 'input/invalid', 'The name of the environment'));
}

/** A store of environments as files: one folder each, one writer at a time on one machine. */
export function openFileStore(options: FileStoreOptions): EnvironmentStore {
  return new FileStore({ lockTimeoutMs: 10_000, random: Math.random, disk: nodeDisk, ...options });
}

class FileStore implements EnvironmentStore {
  readonly #options: Required<FileStoreOptions>;

  constructor(options: Required<FileStoreOptions>) {
    this.#options = options;
  }

  async create<R>(name: EnvironmentName, creation: Creation<R>): Promise<Outcome<R>> {
    await this.#admit(name, creation);
    await this.#makeFolders(name);
    return this.#recovered(name, (site, before) =>
      writeDecision(site, before, creation, (stored, now) => {
        if (stored !== undefined) throw new GreenticError('env/exists', `There is an environment ${name}.`);
        return creation.decide(now);
      }),
    );
  }

  async mutate<R>(name: EnvironmentName, change: Change<R>): Promise<Outcome<R>> {
    await this.#admit(name, change);
    return this.#recovered(name, (site, before) =>
      writeDecision(site, existing(name, before), change, (stored, now) => {
        const snapshot = decodeSnapshot(name, existing(name, stored));
        assertGeneration(snapshot, change.ifGeneration);
        return change.decide(snapshot, now);
      }),
    );
  }

  async read(name: EnvironmentName): Promise<Snapshot> {
    const seen = await peek(this.#options.disk, environmentFolder(this.#options.root, name));
    if (seen !== undefined) return decodeSnapshot(name, seen);
    return this.#recovered(name, async (_site, before) => decodeSnapshot(name, existing(name, before)));
  }

  async list(): Promise<ListedEnvironment[]> {
    const entries = (await this.#options.disk.list(this.#options.root)) ?? [];
    const names = entries.flatMap((entry) => (entry.folder ? (EnvironmentName.safeParse(entry.name).data ?? []) : []));
    return (await Promise.all(names.map((name) => this.#listOne(name)))).flat();
  }

  async record(name: EnvironmentName, refusal: Refusal): Promise<void> {
    decode(CheckedRequest, refusal, 'input/invalid', 'The refusal');
    await this.#recovered(name, (site, before) => appendRefusal(site, existing(name, before), refusal));
  }

  async events(name: EnvironmentName, page: { after?: number; limit?: number } = {}): Promise<AuditEvent[]> {
    const range = decode(Page, page, 'input/invalid', 'The page');
    await this.read(name);
    return readEvents(this.#options.disk, path.join(environmentFolder(this.#options.root, name), AUDIT_FILE), range);
  }

  async verifyAudit(name: EnvironmentName, head?: AuditHead): Promise<AuditHead> {
    return this.#locked(name, async (site) => {
      // The chain first: recovery trusts its last line.
      const end = await verifyChain(site.disk, path.join(site.folder, AUDIT_FILE), name, head);
      await assertFiles(site, end);
      return end;
    });
  }

  /** The policy first: who may not change an environment learns nothing about it. */
  async #admit(name: EnvironmentName, request: Request): Promise<void> {
    const { actor, authorise, disk, root } = this.#options;
    decode(CheckedRequest, request, 'input/invalid', 'The request');
    try {
      authorise({ actor, environment: name, verb: request.verb, target: request.target });
    } catch (error) {
      const refusal = toGreenticError(error);
      if ((await disk.list(environmentFolder(root, name))) === undefined) throw refusal;
      throw await this.#recovered(name, async (site, before) =>
        before === undefined ? refusal : recordRefusal(site, before, request, refusal),
      );
    }
  }

  async #makeFolders(name: EnvironmentName): Promise<void> {
    const { root, disk } = this.#options;
    for (const part of FOLDERS) await disk.makeFolder(path.join(environmentFolder(root, name), part));
    await disk.syncFolder(root);
    await disk.syncFolder(path.dirname(root));
  }

  /** Runs with the environment's lock held, after recovery. */
  async #recovered<T>(name: EnvironmentName, work: (site: Site, before: Stored | undefined) => Promise<T>): Promise<T> {
    return this.#locked(name, async (site) => work(site, await recover(site.disk, site.folder)));
  }

  async #locked<T>(name: EnvironmentName, work: (site: Site) => Promise<T>): Promise<T> {
    const { root, disk, actor, now, lockTimeoutMs: timeoutMs, random } = this.#options;
    const folder = environmentFolder(root, name);
    if ((await disk.list(folder)) === undefined) throw absent(name);
    const lock = await acquireLock(path.join(folder, 'lock.sqlite'), { timeoutMs, random });
    try {
      return await work({ disk, folder, name, actor, now });
    } finally {
      lock.release();
    }
  }

  async #listOne(name: EnvironmentName): Promise<ListedEnvironment[]> {
    try {
      return [{ name, snapshot: await this.read(name) }];
    } catch (error) {
      const data = toGreenticError(error).toData();
      // A creation that was cut short leaves a folder with nothing in it that was ever in force.
      return data.code === 'env/not-found' ? [] : [{ name, error: data }];
    }
  }
}

/** Throws `audit/broken` unless the environment's files are those of the audit's end. */
async function assertFiles({ disk, folder, name }: Site, end: AuditHead): Promise<void> {
  try {
    decodeSnapshot(name, existing(name, await recover(disk, folder)));
  } catch (error) {
    const { message, code } = toGreenticError(error);
    if (code === 'env/not-found' || code === 'env/unwritable') throw error;
    throw new GreenticError(
      'audit/broken',
      `The environment is not the one of audit event ${end.sequence}: ${message}`,
      {
        cause: error,
        details: { sequence: end.sequence },
      },
    );
  }
}

function absent(name: string): GreenticError {
  return new GreenticError('env/not-found', `There is no environment ${name}.`);
}

function existing(name: string, stored: Stored | undefined): Stored {
  if (stored === undefined) throw absent(name);
  return stored;
}

function assertGeneration({ environment }: Snapshot, expected: number | undefined): void {
  const actual = environment.generation;
  if (expected === undefined || expected === actual) return;
  throw new GreenticError('env/stale', `The environment is generation ${actual}, not ${expected}.`, {
    details: { expected, actual },
  });
}
