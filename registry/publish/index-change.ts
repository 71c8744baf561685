import { join } from 'node:path';
import { digestOf, type ErrorCode, GreenticError, hexOf } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { writeDurable } from '../layout/durable-file.ts';
import {
  decodeMetadata,
  encodeMetadata,
  expiryAfter,
  metadataFile,
  metaFactsOf,
  type SignedOf,
  targetFile,
} from '../tuf/metadata.ts';
import {
  type Delegation,
  METADATA_MAX_BYTES,
  type RootRole,
  type SignedRole,
  type SnapshotRole,
  SPEC_VERSION,
  type TargetsRole,
  type TimestampRole,
  type TopRole,
} from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { RegistryKeys } from './registry-key.ts';
import { signersAmong } from './registry-key.ts';

/** For how many days each role's metadata holds. */
export interface Expiry {
  readonly root: number;
  readonly targets: number;
  readonly snapshot: number;
  readonly timestamp: number;
}

/** What a registry uses unless told otherwise. */
export const DEFAULT_EXPIRY: Expiry = { root: 365, targets: 90, snapshot: 30, timestamp: 7 };

/** The keys every change of an index needs: they vouch for which metadata belongs together, and that it is the newest. */
export type SealKeys = Pick<RegistryKeys, 'snapshot' | 'timestamp'>;

/**
 * A change of a registry's index: new metadata collected in memory over the folder, verified as a reader would, and then
 * written with the timestamp last, so that readers see all of it or nothing. The folder's lock must be held.
 */
export class IndexChange {
  readonly root: RootRole;
  targets: TargetsRole;
  #snapshot: SnapshotRole;
  #timestamp: TimestampRole;
  readonly #folder: string;
  readonly #now: Date;
  readonly #expiry: Expiry;
  readonly #staged = new Map<string, Uint8Array>();

  private constructor(
    folder: string,
    roles: { root: RootRole; targets: TargetsRole; snapshot: SnapshotRole; timestamp: TimestampRole },
    options: ChangeOptions,
  ) {
    this.#folder = join(folder, 'tuf');
    this.#now = options.now;
    this.#expiry = { ...DEFAULT_EXPIRY, ...options.expiry };
    this.root = roles.root;
    this.targets = roles.targets;
    this.#snapshot = roles.snapshot;
    this.#timestamp = roles.timestamp;
  }

  /** Starts a change of the index in a folder. Throws `registry/unreachable` when there is none. */
  static async open(folder: string, options: ChangeOptions): Promise<IndexChange> {
    const read = <R extends TopRole>(role: R, version: number) =>
      readRole(join(folder, 'tuf'), metadataFile(role, version), role);
    const timestamp = await read('timestamp', 0);
    const snapshot = await read('snapshot', timestamp.meta['snapshot.json'].version);
    const targets = await read('targets', snapshot.meta['targets.json']?.version ?? 0);
    const root = await read('root', await newestRoot(folder));
    return new IndexChange(folder, { root, targets, snapshot, timestamp }, options);
  }

  /** Starts the first index of a folder, from nothing. */
  static create(
    folder: string,
    keys: RegistryKeys,
    rootKeys: Pick<RootRole, 'keys' | 'roles'>,
    options: ChangeOptions,
  ): IndexChange {
    const expiry = { ...DEFAULT_EXPIRY, ...options.expiry };
    const head = (role: TopRole) =>
      ({ spec_version: SPEC_VERSION, version: 0, expires: expiryAfter(options.now, expiry[role]) }) as const;
    const root: RootRole = { _type: 'root', ...head('root'), version: 1, consistent_snapshot: true, ...rootKeys };
    const change = new IndexChange(
      folder,
      {
        root,
        targets: { _type: 'targets', ...head('targets'), targets: {} },
        snapshot: { _type: 'snapshot', ...head('snapshot'), meta: {} },
        timestamp: {
          _type: 'timestamp',
          ...head('timestamp'),
          meta: { 'snapshot.json': metaFactsOf(1, new Uint8Array()) },
        },
      },
      options,
    );
    change.#stage('root', root, keys.root.secretKeys);
    return change;
  }

  /** Signs new top-level targets. Throws `trust/threshold` for too few of the role's keys. */
  putTargets(targets: TargetsRole, secretKeys: readonly string[]): void {
    this.targets = { ...targets, ...this.#head(targets.version, 'targets') };
    this.#vouch('targets', this.targets, this.#signers('targets', secretKeys));
  }

  /** Signs a namespace's role anew. The keys must be those the delegation names: see `delegationFor`. */
  putNamespace(delegation: Delegation, role: TargetsRole, secretKeys: readonly string[]): void {
    this.#vouch(
      delegation.name,
      { ...role, ...this.#head(role.version, 'targets') },
      signersAmong(delegation.keyids, secretKeys),
    );
  }

  /** Adds a target's bytes; returns what its role has to say of it. */
  putTarget(path: string, bytes: Uint8Array): TargetsRole['targets'][string] {
    const sha256 = hexOf(digestOf(bytes));
    this.#staged.set(targetFile(path, sha256), bytes);
    return { length: bytes.byteLength, hashes: { sha256 } };
  }

  /** A namespace's role as it is now; an empty one when nothing was published yet. */
  async namespaceRole(namespace: string): Promise<TargetsRole> {
    const facts = this.#snapshot.meta[`${namespace}.json`];
    if (facts === undefined) return { _type: 'targets', ...this.#head(-1, 'targets'), targets: {} };
    return readRole(this.#folder, metadataFile(namespace, facts.version), 'targets');
  }

  /** A target's bytes as they are now; undefined when the role has none. */
  async target(role: TargetsRole, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const facts = role.targets[path];
    return facts && this.#read(targetFile(path, facts.hashes.sha256), maxBytes);
  }

  /** Signs snapshot and timestamp over everything put so far. Throws `trust/threshold`. */
  seal(keys: SealKeys): void {
    this.#snapshot = { ...this.#snapshot, ...this.#head(this.#snapshot.version, 'snapshot') };
    const snapshot = this.#stage('snapshot', this.#snapshot, this.#signers('snapshot', keys.snapshot.secretKeys));
    this.#timestamp = {
      ...this.#timestamp,
      ...this.#head(this.#timestamp.version, 'timestamp'),
      meta: { 'snapshot.json': metaFactsOf(this.#snapshot.version, snapshot) },
    };
    this.#stage('timestamp', this.#timestamp, this.#signers('timestamp', keys.timestamp.secretKeys));
  }

  /** Opens the changed index as a reader of the present root would. Throws what that reader would see. */
  async verify(): Promise<TrustedIndex> {
    const root = await this.#read(metadataFile('root', this.root.version), METADATA_MAX_BYTES.root);
    if (root === undefined) throw new GreenticError('registry/incomplete', 'The registry lacks its own root.');
    return TrustedIndex.open({ root, read: (file, maxBytes) => this.#read(file, maxBytes), now: this.#now });
  }

  /** Writes the change; once the timestamp is there, it is done. */
  async commit(): Promise<{ timestamp: number; snapshot: number }> {
    const { 'timestamp.json': timestamp, ...others } = Object.fromEntries(this.#staged);
    if (timestamp === undefined)
      throw new GreenticError('internal/unforeseen', 'A change of the index must be sealed first.');
    for (const [file, bytes] of Object.entries(others)) await writeDurable(join(this.#folder, file), bytes);
    await writeDurable(join(this.#folder, 'timestamp.json'), timestamp);
    return { timestamp: this.#timestamp.version, snapshot: this.#snapshot.version };
  }

  #head(version: number, role: keyof Expiry): { spec_version: typeof SPEC_VERSION; version: number; expires: string } {
    return { spec_version: SPEC_VERSION, version: version + 1, expires: expiryAfter(this.#now, this.#expiry[role]) };
  }

  #signers(role: TopRole, secretKeys: readonly string[]): string[] {
    const { keyids, threshold } = this.root.roles[role];
    const signers = signersAmong(keyids, secretKeys);
    if (signers.length >= threshold) return signers;
    throw new GreenticError(
      'trust/threshold',
      `The ${role} role of this registry needs ${threshold} of its keys; ${signers.length} are here.`,
    );
  }

  #vouch(role: string, signed: TargetsRole, secretKeys: readonly string[]): void {
    const bytes = this.#stage(role, signed, secretKeys);
    this.#snapshot = {
      ...this.#snapshot,
      meta: { ...this.#snapshot.meta, [`${role}.json`]: metaFactsOf(signed.version, bytes) },
    };
  }

  #stage(role: string, signed: SignedRole, secretKeys: readonly string[]): Uint8Array {
    const bytes = encodeMetadata(signed, secretKeys);
    this.#staged.set(metadataFile(role, signed.version), bytes);
    return bytes;
  }

  async #read(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#staged.get(file) ?? readBounded(join(this.#folder, file), maxBytes, 'index/invalid');
  }
}

/** When the change is made, and for how long its metadata holds. */
export interface ChangeOptions {
  readonly now: Date;
  readonly expiry?: Partial<Expiry> | undefined;
}

async function readRole<R extends TopRole>(folder: string, file: string, role: R): Promise<SignedOf<R>> {
  const bytes = await readBounded(join(folder, file), METADATA_MAX_BYTES[role], 'index/invalid');
  const code: ErrorCode = role === 'timestamp' ? 'registry/unreachable' : 'registry/incomplete';
  if (bytes === undefined) throw new GreenticError(code, `There is no ${file} in ${folder}.`);
  return decodeMetadata(bytes, role);
}

async function newestRoot(folder: string): Promise<number> {
  for (let version = 1; ; version++) {
    const next = await readBounded(
      join(folder, 'tuf', metadataFile('root', version + 1)),
      METADATA_MAX_BYTES.root,
      'index/invalid',
    );
    if (next === undefined) return version;
  }
}
