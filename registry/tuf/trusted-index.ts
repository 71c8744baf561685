import { createHash } from 'node:crypto';
import { ArtifactName, GreenticError, namespaceOf, type Revocation } from '@greentic/core';
import { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { nameBin, nameBins, namespaceBin } from './bin.ts';
import {
  assertSameKeys,
  check,
  digestFrom,
  type ReadIndexFile,
  type SeenIndex,
  type SignerEntry,
  takeRoots,
  takeSnapshot,
  takeTargets,
  takeTimestamp,
} from './client-workflow.ts';
import { documentPath, targetFile } from './metadata.ts';
import {
  decodeRevocations,
  REVOCATIONS_MAX_BYTES,
  REVOCATIONS_PATH,
  REVOCATIONS_ROLE,
} from './revocations-document.ts';
import { isBin } from './signed.ts';
import { DOCUMENT_MAX_BYTES, decodeVersions, type VersionsDocument } from './versions-document.ts';

/** What a role says of a target's bytes. */
type Target = { length: number; hashes: Record<string, string> };

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
    const owner = await this.#takeOwner(role);
    if (!owner.isDelegatedPath(path))
      throw new GreenticError('index/invalid', `The role ${role} may not speak for ${path}.`);
    const target = await this.#targetIn(owner, path);
    if (target === undefined) throw new GreenticError('pack/not-found', `The index has no ${name}.`);
    const document = decodeVersions(await this.#target(path, target, DOCUMENT_MAX_BYTES), name);
    return {
      document,
      provenance: this.#provenance(role, [namespaceBin(role), nameBin(role, path), REVOCATIONS_ROLE]),
    };
  }

  /** A namespace's role, verified; gives its delegation, by the top-level targets or by a bin of theirs. */
  async #takeOwner(namespace: string) {
    const top = this.#store.targets?.signed.delegations?.roles ?? {};
    const bin = namespaceBin(namespace);
    const binned = !Object.hasOwn(top, namespace) && top[bin]?.isDelegatedPath(`${namespace}/*`) && this.#named(bin);
    if (binned) await this.#takeBin(bin);
    const delegator = binned ? bin : 'targets';
    const owner = this.#store.getRole(delegator)?.signed.delegations?.roles?.[namespace];
    if (owner === undefined || !this.#named(namespace))
      throw new GreenticError('pack/not-found', `The index knows nothing of the namespace ${namespace}.`);
    await takeTargets(this.#store, this.#read, namespace, delegator);
    return owner;
  }

  /** A bin of namespaces, which has to be signed as the targets are. */
  async #takeBin(name: string): Promise<void> {
    assertSameKeys(
      name,
      this.#store.targets?.signed.delegations?.roles?.[name],
      this.#store.root.signed.roles['targets'],
    );
    await takeTargets(this.#store, this.#read, name, 'targets');
  }

  /** A bin of a namespace's names, which has to be signed as the namespace is. */
  async #takeNameBin(owner: SignerEntry & { name: string }, name: string): Promise<void> {
    assertSameKeys(name, this.#store.getRole(owner.name)?.signed.delegations?.succinctRoles, owner);
    if (this.#named(name)) await takeTargets(this.#store, this.#read, name, owner.name);
  }

  /** A target of a namespace, in its role or in the bin of its names. */
  async #targetIn(owner: SignerEntry & { name: string }, path: string) {
    const role = this.#store.getRole(owner.name)?.signed;
    if (role === undefined || Object.hasOwn(role.targets, path) || role.delegations?.succinctRoles === undefined)
      return role?.targets[path];
    const name = nameBin(owner.name, path);
    await this.#takeNameBin(owner, name);
    return this.#store.getRole(name)?.signed.targets[path];
  }

  /** Whether the snapshot names a role. */
  #named(role: string): boolean {
    return this.#store.snapshot?.signed.meta[`${role}.json`] !== undefined;
  }

  /** The namespaces that somebody may publish in and has. Throws as `open` does. */
  async namespaces(): Promise<string[]> {
    const top = Object.values(this.#store.targets?.signed.delegations?.roles ?? {});
    const held = [...top];
    for (const bin of top.filter(isBin)) {
      await this.#takeBin(bin.name);
      held.push(...Object.values(this.#store.getRole(bin.name)?.signed.delegations?.roles ?? {}));
    }
    return held
      .map(({ name }) => name)
      .filter((name) => !isBin({ name }) && name !== REVOCATIONS_ROLE && this.#named(name));
  }

  /** Every name of a namespace, its role verified. Throws as `open` does. */
  async namesOf(namespace: string): Promise<ArtifactName[]> {
    const owner = await this.#takeOwner(namespace);
    const divided = this.#store.getRole(namespace)?.signed.delegations?.succinctRoles !== undefined;
    for (const bin of divided ? nameBins(namespace) : []) await this.#takeNameBin(owner, bin);
    const roles = [namespace, ...(divided ? nameBins(namespace) : [])];
    const names = roles
      .flatMap((role) => Object.keys(this.#store.getRole(role)?.signed.targets ?? {}))
      .map((path) => ArtifactName.safeParse(path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '')).data);
    return names.filter((name) => name !== undefined && namespaceOf(name) === namespace) as ArtifactName[];
  }

  /**
   * What the registry withdrew; nothing in a registry that delegated that to nobody. Throws as `open` does: a list that the index
   * names and that is not there, or has expired, is never taken for an empty one.
   */
  async revocations(): Promise<readonly Revocation[]> {
    const role = REVOCATIONS_ROLE;
    const owner = this.#store.targets?.signed.delegations?.roles?.[role];
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

  /** What an answer rests on; of the roles beside only their expiry counts. */
  #provenance(role: string, beside: readonly string[]): IndexProvenance {
    const { root, timestamp, snapshot, targets } = this.#store;
    const owner = this.#store.getRole(role);
    if (!timestamp || !snapshot || !targets || !owner)
      throw new GreenticError('index/invalid', 'The index is not open.');
    const through = beside.flatMap((name) => this.#store.getRole(name) ?? []);
    const parts = [root, timestamp, snapshot, targets, owner, ...through].map(({ signed }) =>
      Date.parse(signed.expires),
    );
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
