import { createHash } from 'node:crypto';
import { ArtifactName, Digest, GreenticError, namespaceOf, type Revocation } from '@greentic/core';
import { BadVersionError, EqualVersionError, ExpiredMetadataError } from 'tuf-js/dist/error.js';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { decodeMetadata, documentPath, metadataFile, targetFile } from './metadata.ts';
import {
  decodeRevocations,
  REVOCATIONS_MAX_BYTES,
  REVOCATIONS_PATH,
  REVOCATIONS_ROLE,
} from './revocations-document.ts';
import { METADATA_MAX_BYTES, type TopRole } from './signed.ts';
import { DOCUMENT_MAX_BYTES, decodeVersions, type VersionsDocument } from './versions-document.ts';

/** Most roots that may follow the pinned one; an environment further behind pins anew. */
export const MAX_ROTATIONS = 256;

/**
 * Reads a file of the index by its name below the metadata folder, at most `maxBytes`; undefined when there is none. The
 * digest is the one that verified metadata names, where it does: a registry may find the file by that.
 */
export type ReadIndexFile = (file: string, maxBytes: number, digest?: Digest) => Promise<Uint8Array | undefined>;

/** What a role says of a target's bytes. */
type Target = { length: number; hashes: Record<string, string> };

/** The newest metadata accepted so far: what is older than this is refused. */
export interface SeenIndex {
  /** Version of the root it was accepted under. */
  readonly root: number;
  /** Roots after the pinned one, in order. */
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
}

/** Which metadata an answer rests on. */
export interface IndexProvenance {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
  /** The namespace's role. */
  readonly role: { readonly name: string; readonly version: number };
  /** When the first of them expires. */
  readonly expires: string;
}

/**
 * A registry's index, verified from the pinned root down in the order of the client workflow of the TUF specification
 * (§5.3 to §5.7). tuf-js checks signatures, thresholds, versions, hashes and expiry of every role; this class brings it the
 * files, from memory, at a given time, and never asks a role that does not own the namespace.
 */
export class TrustedIndex {
  readonly seen: SeenIndex;
  readonly #store: TrustedMetadataStore;
  readonly #read: ReadIndexFile;

  private constructor(store: TrustedMetadataStore, read: ReadIndexFile, seen: SeenIndex) {
    this.#store = store;
    this.#read = read;
    this.seen = seen;
  }

  /**
   * Walks from the pinned root to the top-level targets. Throws `index/expired`, `index/rollback`, `index/invalid`,
   * `registry/incomplete`, and `registry/unreachable` when there is no index at all.
   */
  static async open(options: {
    root: Uint8Array;
    read: ReadIndexFile;
    seen?: SeenIndex | undefined;
    now: Date;
  }): Promise<TrustedIndex> {
    const { read, seen, now } = options;
    const store = check('root', options.root, (bytes) => new TrustedMetadataStore(bytes));
    // tuf-js takes the time from the clock; here it is an argument.
    store['referenceTime'] = now;
    const { roots, rotated } = await takeRoots(store, read, seen);
    const former = rotated ? undefined : seen;
    const timestamp = await takeTimestamp(store, read, former);
    const snapshot = await takeSnapshot(store, read, former);
    await takeTargets(store, read, 'targets', 'root');
    return new TrustedIndex(store, read, { root: store.root.signed.version, roots, timestamp, snapshot });
  }

  /** The versions of a name, with what the answer rests on. Throws as `open` does, and `pack/not-found`. */
  async versionsOf(name: ArtifactName): Promise<{ document: VersionsDocument; provenance: IndexProvenance }> {
    const role = namespaceOf(name);
    const path = documentPath(role, name);
    const delegations = this.#store.targets?.signed.delegations;
    const owner = Object.values(delegations?.roles ?? {}).find((candidate) => candidate.name === role);
    if (owner === undefined || this.#store.snapshot?.signed.meta[`${role}.json`] === undefined) {
      throw new GreenticError('pack/not-found', `The index knows nothing of the namespace ${role}.`);
    }
    if (!owner.isDelegatedPath(path))
      throw new GreenticError('index/invalid', `The role ${role} may not speak for ${path}.`);
    await takeTargets(this.#store, this.#read, role, 'targets');
    const target = this.#store.getRole(role)?.signed.targets[path];
    if (target === undefined) throw new GreenticError('pack/not-found', `The index has no ${name}.`);
    const document = decodeVersions(await this.#target(path, target, DOCUMENT_MAX_BYTES), name);
    return { document, provenance: this.#provenance(role) };
  }

  /** The namespaces that somebody may publish in and has. */
  get namespaces(): string[] {
    const roles = Object.values(this.#store.targets?.signed.delegations?.roles ?? {});
    const signed = this.#store.snapshot?.signed.meta ?? {};
    return roles
      .map(({ name }) => name)
      .filter((name) => name !== REVOCATIONS_ROLE && signed[`${name}.json`] !== undefined);
  }

  /** Every name of a namespace, its role verified. Throws as `open` does. */
  async namesOf(namespace: string): Promise<ArtifactName[]> {
    await takeTargets(this.#store, this.#read, namespace, 'targets');
    const names = Object.keys(this.#store.getRole(namespace)?.signed.targets ?? {}).map((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '');
      return ArtifactName.safeParse(name).data;
    });
    return names.filter((name) => name !== undefined && namespaceOf(name) === namespace) as ArtifactName[];
  }

  /**
   * What the registry withdrew; nothing in a registry that delegated that to nobody. Throws as `open` does: a list that the index
   * names and that is not there, or has expired, is never taken for an empty one.
   */
  async revocations(): Promise<readonly Revocation[]> {
    const role = REVOCATIONS_ROLE;
    const owner = Object.values(this.#store.targets?.signed.delegations?.roles ?? {}).find(({ name }) => name === role);
    if (owner === undefined) return [];
    await takeTargets(this.#store, this.#read, role, 'targets');
    const target = this.#store.getRole(role)?.signed.targets[REVOCATIONS_PATH];
    if (target === undefined || !owner.isDelegatedPath(REVOCATIONS_PATH))
      throw new GreenticError('index/invalid', 'The index delegates revocations, and lists none.');
    return decodeRevocations(await this.#target(REVOCATIONS_PATH, target, REVOCATIONS_MAX_BYTES));
  }

  /** The bytes of a target that verified metadata names. */
  async #target(path: string, target: Target, mostBytes: number): Promise<Uint8Array> {
    const { sha256 } = target.hashes;
    if (sha256 === undefined) throw new GreenticError('index/invalid', `The index gives no SHA-256 of ${path}.`);
    const bytes = await this.#read(targetFile(path, sha256), Math.min(target.length, mostBytes), digestFrom(target));
    if (bytes === undefined) throw new GreenticError('registry/incomplete', `The registry lacks ${path}.`);
    const actual = createHash('sha256').update(bytes).digest('hex');
    if (bytes.byteLength !== target.length || actual !== sha256)
      throw new GreenticError('index/invalid', `The file ${path} is not the one its role signed.`);
    return bytes;
  }

  #provenance(role: string): IndexProvenance {
    const { root, timestamp, snapshot, targets } = this.#store;
    const owner = this.#store.getRole(role);
    if (!timestamp || !snapshot || !targets || !owner)
      throw new GreenticError('index/invalid', 'The index is not open.');
    const revocations = this.#store.getRole(REVOCATIONS_ROLE);
    const roles = [root, timestamp, snapshot, targets, owner, ...(revocations === undefined ? [] : [revocations])];
    const parts = roles.map(({ signed }) => Date.parse(signed.expires));
    return {
      root: root.signed.version,
      timestamp: timestamp.signed.version,
      snapshot: snapshot.signed.version,
      targets: targets.signed.version,
      role: { name: role, version: owner.signed.version },
      expires: new Date(Math.min(...parts)).toISOString(),
    };
  }
}

/**
 * Client workflow 5.3: every root is signed by the one before it and by itself. Gives the roots after the pinned one, and
 * whether the keys of what was seen have been rotated since: then it is forgotten (5.3.11), and an attacker who counted far
 * ahead with a stolen key has not locked anybody out.
 */
async function takeRoots(
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
async function takeTimestamp(store: TrustedMetadataStore, read: ReadIndexFile, seen?: SeenIndex): Promise<Uint8Array> {
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
async function takeSnapshot(store: TrustedMetadataStore, read: ReadIndexFile, seen?: SeenIndex): Promise<Uint8Array> {
  if (seen !== undefined && recall(store, seen, 'snapshot', (bytes) => store.updateSnapshot(bytes, true)))
    return seen.snapshot;
  const facts = store.timestamp?.signed.snapshotMeta;
  if (facts === undefined) throw new GreenticError('index/invalid', 'The timestamp names no snapshot.');
  const bytes = await required(read, metadataFile('snapshot', facts.version), 'snapshot', facts);
  check('snapshot', bytes, (buffer) => store.updateSnapshot(buffer));
  return bytes;
}

/** Client workflow 5.6: targets as the snapshot names them, signed as the delegator says. */
async function takeTargets(
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
function digestFrom({ hashes }: { hashes?: Record<string, string> }): Digest | undefined {
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
function check<T>(role: TopRole, bytes: Uint8Array, load: (bytes: Buffer) => T): T {
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
