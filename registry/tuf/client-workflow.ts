import { Digest, GreenticError } from '@greentic/core';
import { BadVersionError, EqualVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { decodeMetadata, metadataFile } from './metadata.ts';
import { METADATA_MAX_BYTES, type TopRole } from './signed.ts';

/** Most roots that may follow the pinned one; an environment further behind pins anew. */
export const MAX_ROTATIONS = 256;

/**
 * Reads a file of the index by its name below the metadata folder, at most `maxBytes`; undefined when there is none. The
 * digest is the one that verified metadata names, where it does: a registry may find the file by that.
 */
export type ReadIndexFile = (file: string, maxBytes: number, digest?: Digest) => Promise<Uint8Array | undefined>;

/** The newest metadata accepted so far: what is older than this is refused. */
export interface SeenIndex {
  /** Version of the root it was accepted under. */
  readonly root: number;
  /** Roots after the pinned one, in order. */
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
}

/** Which keys speak for a role, as tuf-js has it. */
export interface SignerEntry {
  readonly keyIDs: readonly string[];
  readonly threshold: number;
}

/** A bin divides work, never power: whoever may not sign the whole may not sign the part. */
export function assertSameKeys(name: string, bin: SignerEntry | undefined, whole: SignerEntry | undefined): void {
  const form = (entry?: SignerEntry) => JSON.stringify([entry?.keyIDs.toSorted(), entry?.threshold]);
  if (bin === undefined || form(bin) !== form(whole))
    throw new GreenticError('index/invalid', `The role ${name} has other keys than what it is a part of.`);
}

/**
 * Client workflow 5.3: every root is signed by the one before it and by itself. Gives the roots after the pinned one, and
 * whether the keys of what was seen have been rotated since: then it is forgotten (5.3.11), and an attacker who counted far
 * ahead with a stolen key has not locked anybody out.
 */
export async function takeRoots(
  store: TrustedMetadataStore,
  read: ReadIndexFile,
  seen?: SeenIndex,
): Promise<{ roots: Uint8Array[]; rotated: boolean }> {
  const roots: Uint8Array[] = [];
  let former = onlineKeys(store);
  for (;;) {
    if (store.root.signed.version === seen?.root) former = onlineKeys(store);
    const file = metadataFile('root', store.root.signed.version + 1);
    // A root accepted once stays accepted, even when the registry does not show it any more.
    const next = seen?.roots[roots.length] ?? (await read(file, METADATA_MAX_BYTES.root));
    if (next === undefined) return { roots, rotated: onlineKeys(store) !== former };
    if (roots.length === MAX_ROTATIONS)
      throw new GreenticError('index/invalid', `More than ${MAX_ROTATIONS} roots follow the pinned one.`, {
        hint: 'Pin the registry’s present root: gtc op trust-root add --trust.',
      });
    check('root', next, (bytes) => store.updateRoot(bytes));
    roots.push(next);
  }
}

/** Which keys vouch for what is newest, in one form. */
function onlineKeys({ root }: TrustedMetadataStore): string {
  const { timestamp, snapshot } = root.signed.roles;
  return JSON.stringify([timestamp, snapshot].map((role) => role?.keyIDs.toSorted()));
}

/** Client workflow 5.4: never older than the one seen before. */
export async function takeTimestamp(
  store: TrustedMetadataStore,
  read: ReadIndexFile,
  seen?: SeenIndex,
): Promise<Uint8Array> {
  if (seen !== undefined) recall(store, seen, 'timestamp', (bytes) => store.updateTimestamp(bytes));
  const bytes = await read('timestamp.json', METADATA_MAX_BYTES.timestamp);
  if (bytes === undefined)
    throw new GreenticError('registry/unreachable', 'There is no index: timestamp.json is missing.');
  try {
    check('timestamp', bytes, (buffer) => store.updateTimestamp(buffer));
    return bytes;
  } catch (error) {
    // The one seen before is the newest: it stays.
    if (seen !== undefined && (error as Error).cause instanceof EqualVersionError) return seen.timestamp;
    throw error;
  }
}

/** Client workflow 5.5: no role in it may be older than in the one seen before. */
export async function takeSnapshot(
  store: TrustedMetadataStore,
  read: ReadIndexFile,
  seen?: SeenIndex,
): Promise<Uint8Array> {
  if (seen !== undefined && recall(store, seen, 'snapshot', (bytes) => store.updateSnapshot(bytes, true)))
    return seen.snapshot;
  const facts = store.timestamp?.signed.snapshotMeta;
  if (facts === undefined) throw new GreenticError('index/invalid', 'The timestamp names no snapshot.');
  const bytes = await required(read, metadataFile('snapshot', facts.version), 'snapshot', facts);
  check('snapshot', bytes, (buffer) => store.updateSnapshot(buffer));
  return bytes;
}

/** Client workflow 5.6: targets as the snapshot names them, signed as the delegator says. */
export async function takeTargets(
  store: TrustedMetadataStore,
  read: ReadIndexFile,
  role: string,
  delegator: string,
): Promise<void> {
  const facts = store.snapshot?.signed.meta[`${role}.json`];
  if (facts === undefined) throw new GreenticError('index/invalid', `The snapshot names no ${role} metadata.`);
  const bytes = await required(read, metadataFile(role, facts.version), 'targets', facts);
  check('targets', bytes, (buffer) => store.updateDelegatedTargets(buffer, role, delegator));
}

/** A file that verified metadata names, at most as long as it names. */
async function required(
  read: ReadIndexFile,
  file: string,
  role: TopRole,
  facts: { length?: number; hashes?: Record<string, string> },
): Promise<Uint8Array> {
  const maxBytes = Math.min(facts.length ?? Number.POSITIVE_INFINITY, METADATA_MAX_BYTES[role]);
  const bytes = await read(file, maxBytes, digestFrom(facts));
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', `The registry lacks ${file}, which its index names.`);
  return bytes;
}

/** The digest that metadata names of a file; undefined when it names none. */
export function digestFrom({ hashes }: { hashes?: Record<string, string> }): Digest | undefined {
  const digest = Digest.safeParse(`sha256:${hashes?.['sha256']}`);
  return digest.data;
}

/**
 * Loads metadata seen before, so that the next may not be older; true when it is still the newest. Metadata that has expired
 * or been replaced serves that end as well. What a later root no longer vouches for is forgotten (workflow 5.3.11).
 */
function recall(
  store: TrustedMetadataStore,
  seen: SeenIndex,
  role: 'timestamp' | 'snapshot',
  load: (bytes: Buffer) => unknown,
): boolean {
  try {
    check(role, seen[role], load);
    return true;
  } catch (error) {
    const cause = (error as Error).cause;
    if (cause instanceof ExpiredMetadataError || cause instanceof BadVersionError) return false;
    if (store.root.signed.version > seen.root) return false;
    throw new GreenticError('index/invalid', `The ${role} metadata kept in the cache is damaged.`, {
      hint: 'Delete the kept index in the cache folder and fetch it again.',
      cause: error,
    });
  }
}

/** Hands bytes to tuf-js once their shape is known to be the role’s: it is lenient there. Gives its complaints a code. */
export function check<T>(role: TopRole, bytes: Uint8Array, load: (bytes: Buffer) => T): T {
  decodeMetadata(bytes, role);
  try {
    return load(Buffer.from(bytes));
  } catch (error) {
    throw codedError(role, error as Error);
  }
}

function codedError(role: TopRole, cause: Error): GreenticError {
  if (cause instanceof ExpiredMetadataError)
    return new GreenticError('index/expired', `The index has expired: ${cause.message}.`, { cause });
  if (cause instanceof BadVersionError && role !== 'root') {
    return new GreenticError('index/rollback', `The index is older than it may be: ${cause.message}.`, { cause });
  }
  return new GreenticError('index/invalid', `The ${role} metadata does not verify: ${cause.message}.`, { cause });
}
