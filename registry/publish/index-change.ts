import { join } from 'node:path';
import { digestOf, GreenticError, hexOf } from '@greentic/core';
import { writeDurable } from '../layout/durable-file.ts';
import { decodeMetadata, encodeMetadata, expiryAfter, metadataFile, metaFactsOf, targetFile } from '../tuf/metadata.ts';
import { REVOCATIONS_ROLE } from '../tuf/revocations-document.ts';
import {
  type Delegation,
  type Expiry,
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
import { IndexFolder } from './index-folder.ts';
import { type RegistryKeys, signersAmong } from './registry-key.ts';
import { expiryOf } from './root-draft.ts';

/** The keys every change of an index needs: they vouch for which metadata belongs together, and that it is the newest. */
export type SealKeys = Pick<RegistryKeys, 'snapshot' | 'timestamp'>;

/** When the change is made, and for how long its metadata holds where that differs from what the root says. */
export interface ChangeOptions {
  readonly now: Date;
  readonly expiry?: Partial<Expiry> | undefined;
}

/** Files nobody refers to yet may be written together. */
const WRITES_AT_ONCE = 16;

interface Roles {
  readonly root: RootRole;
  readonly targets: TargetsRole;
  readonly snapshot: SnapshotRole;
  readonly timestamp: TimestampRole;
}

/**
 * A change of a registry's index: new metadata collected in memory over the folder, verified as a reader would, and then
 * written so that readers see all of it or nothing. The folder's lock must be held.
 */
export class IndexChange {
  targets: TargetsRole;
  #snapshot: SnapshotRole;
  #timestamp: TimestampRole;
  #root: RootRole;
  readonly #former: RootRole;
  readonly #folder: IndexFolder;
  readonly #options: ChangeOptions;
  readonly #staged = new Map<string, Uint8Array>();

  private constructor(folder: IndexFolder, roles: Roles, options: ChangeOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#root = roles.root;
    this.#former = roles.root;
    this.targets = roles.targets;
    this.#snapshot = roles.snapshot;
    this.#timestamp = roles.timestamp;
  }

  /** Starts a change of the index in a folder. Throws `registry/unreachable` when there is none. */
  static async open(folder: string, options: ChangeOptions): Promise<IndexChange> {
    const index = new IndexFolder(folder);
    const timestamp = await index.role('timestamp', 0);
    const snapshot = await index.role('snapshot', timestamp.meta['snapshot.json'].version);
    const targets = await index.role('targets', snapshot.meta['targets.json']?.version ?? 0);
    const root = await index.role('root', await index.newestRoot());
    const count = async <T extends { version: number }>(role: string, signed: T) => ({
      ...signed,
      version: await index.counted(role, signed.version),
    });
    const roles = {
      root,
      timestamp: await count('timestamp', timestamp),
      snapshot: await count('snapshot', snapshot),
      targets: await count('targets', targets),
    };
    return new IndexChange(index, roles, options);
  }

  /** Starts the first index of a folder, under a root that is signed already. */
  static create(folder: string, rootFile: Uint8Array, options: ChangeOptions): IndexChange {
    const root = decodeMetadata(rootFile, 'root');
    const head = { spec_version: SPEC_VERSION, version: 0, expires: expiryAfter(options.now, 1) };
    const meta = { 'snapshot.json': metaFactsOf(1, new Uint8Array()) };
    const roles: Roles = {
      root,
      targets: { _type: 'targets', ...head, targets: {} },
      snapshot: { _type: 'snapshot', ...head, meta: {} },
      timestamp: { _type: 'timestamp', ...head, meta },
    };
    const change = new IndexChange(new IndexFolder(folder), roles, options);
    change.#staged.set(metadataFile('root', root.version), rootFile);
    return change;
  }

  /** The root the changed index stands under. */
  get root(): RootRole {
    return this.#root;
  }

  /** The present snapshot: which version of each role belongs to the index. */
  get snapshot(): SnapshotRole {
    return this.#snapshot;
  }

  /** The present timestamp. */
  get timestamp(): TimestampRole {
    return this.#timestamp;
  }

  /** Puts the index under its next root. What its roles have to be signed with is what that root says from here on. */
  putRoot(rootFile: Uint8Array): void {
    this.#root = decodeMetadata(rootFile, 'root');
    this.#staged.set(metadataFile('root', this.#root.version), rootFile);
  }

  /** Signs new top-level targets. Throws `trust/threshold` for too few of the role's keys. */
  putTargets(targets: TargetsRole, secretKeys: readonly string[]): void {
    this.targets = { ...targets, ...this.#head(targets.version, 'targets') };
    this.#vouch('targets', this.targets, this.#signers('targets', secretKeys));
  }

  /** Signs a delegated role anew. The keys must be those the delegation names: see `delegationFor`. */
  putNamespace(
    delegation: Pick<Delegation, 'name' | 'keyids'>,
    role: TargetsRole,
    secretKeys: readonly string[],
  ): void {
    // What withdraws versions is as short-lived as what says which index is the newest: nobody can hold it back for longer.
    const lasting = delegation.name === REVOCATIONS_ROLE ? 'timestamp' : 'targets';
    const signed = { ...role, ...this.#head(role.version, lasting) };
    this.#vouch(delegation.name, signed, signersAmong(delegation.keyids, secretKeys));
  }

  /**
   * Takes a namespace's role that was signed elsewhere. `verify` and a look at one of its names find out whether it was signed
   * by the namespace's keys. Throws `index/invalid`, and `index/rollback` for a version that is not newer than the present one.
   */
  putSigned(namespace: string, file: Uint8Array): void {
    const { version } = decodeMetadata(file, 'targets');
    const present = this.#snapshot.meta[`${namespace}.json`]?.version ?? 0;
    if (version <= present)
      throw new GreenticError('index/rollback', `Version ${version} of ${namespace} is not newer than ${present}.`);
    this.#stage(namespace, version, file);
  }

  /** Adds a target's bytes; returns what its role has to say of it. */
  putTarget(path: string, bytes: Uint8Array): TargetsRole['targets'][string] {
    const sha256 = hexOf(digestOf(bytes));
    this.#staged.set(targetFile(path, sha256), bytes);
    return { length: bytes.byteLength, hashes: { sha256 } };
  }

  /** A delegated role as it is in this change; an empty one when nothing was published yet. */
  async namespaceRole(namespace: string): Promise<TargetsRole> {
    const facts = this.#snapshot.meta[`${namespace}.json`];
    if (facts === undefined) return { _type: 'targets', ...this.#head(-1, 'targets'), targets: {} };
    const staged = this.#staged.get(metadataFile(namespace, facts.version));
    if (staged !== undefined) return decodeMetadata(staged, 'targets');
    const role = await this.#folder.role('targets', facts.version, namespace);
    return { ...role, version: await this.#folder.counted(namespace, role.version) };
  }

  /** A target's bytes as they are now; undefined when the role has none. */
  async target(role: TargetsRole, path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const facts = role.targets[path];
    return facts && this.#read(targetFile(path, facts.hashes.sha256), maxBytes);
  }

  /** Signs snapshot and timestamp over everything put so far. Throws `trust/threshold`. */
  seal(keys: SealKeys): void {
    this.#snapshot = { ...this.#snapshot, ...this.#head(this.#snapshot.version, 'snapshot') };
    const snapshot = encodeMetadata(this.#snapshot, this.#signers('snapshot', keys.snapshot.secretKeys));
    this.#staged.set(metadataFile('snapshot', this.#snapshot.version), snapshot);
    this.#timestamp = {
      ...this.#timestamp,
      ...this.#head(this.#timestamp.version, 'timestamp'),
      meta: { 'snapshot.json': metaFactsOf(this.#snapshot.version, snapshot) },
    };
    const timestamp = encodeMetadata(this.#timestamp, this.#signers('timestamp', keys.timestamp.secretKeys));
    this.#staged.set('timestamp.json', timestamp);
  }

  /** When the newest of the index stops holding: the timestamp, or the snapshot it names. */
  get freshUntil(): Date {
    return new Date(Math.min(Date.parse(this.#timestamp.expires), Date.parse(this.#snapshot.expires)));
  }

  /** Opens the changed index as a reader of the root before the change would. Throws what that reader would see. */
  async verify(): Promise<TrustedIndex> {
    return this.#openAsReader((file) => this.#staged.get(file));
  }

  /** Writes the change; once the timestamp is there, it is done. */
  async commit(): Promise<{ timestamp: number; snapshot: number }> {
    const files = new Map(this.#staged);
    const rootFile = metadataFile('root', this.#root.version);
    const last = [rootFile, 'timestamp.json'].filter((file) => files.has(file));
    if (!files.has('timestamp.json') && !(files.size === 1 && files.has(rootFile)))
      throw new GreenticError('internal/unforeseen', 'A change of the index must be sealed first.');
    // Signed for both roots, the timestamp can go first: then readers meet nothing that they would refuse.
    if (last.length === 2 && (await this.#holdsUnderFormerRoot())) last.reverse();
    const write = (file: string) => writeDurable(join(this.#folder.path, file), files.get(file) ?? new Uint8Array());
    const others = [...files.keys()].filter((file) => !last.includes(file));
    for (let i = 0; i < others.length; i += WRITES_AT_ONCE)
      await Promise.all(others.slice(i, i + WRITES_AT_ONCE).map(write));
    for (const file of last) await write(file);
    return { timestamp: this.#timestamp.version, snapshot: this.#snapshot.version };
  }

  async #openAsReader(staged: (file: string) => Uint8Array | undefined): Promise<TrustedIndex> {
    const read = async (file: string, maxBytes: number) => staged(file) ?? this.#folder.read(file, maxBytes);
    const root = await read(metadataFile('root', this.#former.version), METADATA_MAX_BYTES.root);
    if (root === undefined) throw new GreenticError('registry/incomplete', 'The registry lacks its own root.');
    return TrustedIndex.open({ root, read, now: this.#options.now });
  }

  async #holdsUnderFormerRoot(): Promise<boolean> {
    const next = metadataFile('root', this.#root.version);
    if (this.#root === this.#former) return false;
    return this.#openAsReader((file) => (file === next ? undefined : this.#staged.get(file))).then(
      () => true,
      () => false,
    );
  }

  #head(version: number, role: TopRole): { spec_version: string; version: number; expires: string } {
    const days = { ...expiryOf(this.#root), ...this.#options.expiry }[role];
    return { spec_version: SPEC_VERSION, version: version + 1, expires: expiryAfter(this.#options.now, days) };
  }

  /** Enough keys for the root of the changed index, and those of the root before that are here as well. */
  #signers(role: TopRole, secretKeys: readonly string[]): string[] {
    const { keyids, threshold } = this.#root.roles[role];
    const signers = signersAmong(keyids, secretKeys);
    if (signers.length < threshold) {
      throw new GreenticError(
        'trust/threshold',
        `The ${role} role of this registry needs ${threshold} of its keys; ${signers.length} are here.`,
        { hint: 'Give the keys it has to be signed with; gtc registry status lists those of each role.' },
      );
    }
    return [...signers, ...signersAmong(this.#former.roles[role].keyids, secretKeys)];
  }

  #vouch(role: string, signed: TargetsRole, secretKeys: readonly string[]): void {
    this.#stage(role, signed.version, encodeMetadata(signed satisfies SignedRole, secretKeys));
  }

  #stage(role: string, version: number, bytes: Uint8Array): void {
    this.#staged.set(metadataFile(role, version), bytes);
    const meta = { ...this.#snapshot.meta, [`${role}.json`]: metaFactsOf(version, bytes) };
    this.#snapshot = { ...this.#snapshot, meta };
  }

  async #read(file: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#staged.get(file) ?? this.#folder.read(file, maxBytes);
  }
}
