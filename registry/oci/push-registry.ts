import { type ArtifactName, type Digest, decode, digestOf, GreenticError, hexOf, parseJson } from '@greentic/core';
import { assertPinned, type Descriptor, inlineBytes } from '../artifact/descriptor.ts';
import { EMPTY_CONFIG } from '../artifact/evidence-image.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { type IndexContents, type IndexFile, type RoleContents, readIndexContents } from '../publish/index-contents.ts';
import { storeOf } from '../publish/submission.ts';
import { closureOf } from '../source/closure.ts';
import { decodeMetadata } from '../tuf/metadata.ts';
import { REVOCATIONS_ROLE } from '../tuf/revocations-document.ts';
import { DOCUMENT_MAX_BYTES, type VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';
import { decodeIndexManifest, encodeIndexManifest, INDEX_MANIFEST_MAX_BYTES, INDEX_TAG } from './index-manifest.ts';
import { parseOciReference } from './reference.ts';
import { Referrers } from './referrers.ts';
import { OciRepository } from './repository.ts';
import type { TransportOptions } from './transport.ts';
import { pushBlob, pushManifest, type UploadOptions } from './upload.ts';

const TAG_MAX_LENGTH = 128;

/** Callbacks that hear how a push goes on; they cannot change it. */
export interface PushEvents {
  /** A version is there now; `present` when it was there before. */
  onVersion?(event: { name: ArtifactName; version: string; present: boolean }): void;
  /** A blob went up, or was there. */
  onBlob?(event: { digest: Digest; bytes: number; present: boolean }): void;
}

/** What a push did. */
export interface Pushed {
  readonly location: string;
  /** Version of the timestamp that readers see now. */
  readonly timestamp: number;
  /** Versions that were brought, and that were there. */
  readonly versions: { readonly pushed: number; readonly present: number };
  /** Blobs that were brought, and their bytes. */
  readonly blobs: { readonly pushed: number; readonly bytes: number };
}

/** How a registry is pushed. */
export interface PushOptions extends UploadOptions {
  readonly now: Date;
  readonly events?: PushEvents;
  readonly transport?: TransportOptions;
}

/**
 * Brings the registry of a folder into one repository, `oci://host[:port]/repository`: what is missing of the versions and their
 * evidence first, then the index, whose tag is moved last, so that readers see all of it or nothing. Throws `index/*` when the
 * folder's index does not verify, `index/rollback` when the repository has a newer one, `registry/exists` when it holds another
 * registry, `blob/*`, and `registry/*`.
 */
export async function pushRegistry(folder: string, location: string, options: PushOptions): Promise<Pushed> {
  const repository = new OciRepository(parseOciReference(location), options.transport);
  return withFolderLock(folder, async () => {
    const contents = await readIndexContents(folder, options.now);
    return new RegistryPush(new ImageLayout(folder), repository, contents, options).run();
  });
}

/** The tag of a version, for people and for garbage collectors. */
export function versionTag(name: string, version: string): string {
  const tag = `${name}-${version}`.replaceAll('+', '_');
  if (tag.length <= TAG_MAX_LENGTH) return tag;
  return `${tag.slice(0, TAG_MAX_LENGTH - 17)}-${hexOf(digestOf(tag)).slice(0, 16)}`;
}

class RegistryPush {
  readonly #layout: ImageLayout;
  readonly #repository: OciRepository;
  readonly #contents: IndexContents;
  readonly #options: PushOptions;
  readonly #referrers: Referrers;
  readonly #brought = new Set<Digest>();
  #versions = { pushed: 0, present: 0 };
  #blobs = { pushed: 0, bytes: 0 };

  constructor(layout: ImageLayout, repository: OciRepository, contents: IndexContents, options: PushOptions) {
    this.#layout = layout;
    this.#repository = repository;
    this.#contents = contents;
    this.#options = options;
    this.#referrers = new Referrers(repository);
  }

  async run(): Promise<Pushed> {
    const manifest = encodeIndexManifest(this.#indexFiles(), { inline: true });
    const former = await this.#repository.manifest(INDEX_TAG, INDEX_MANIFEST_MAX_BYTES);
    if (former !== undefined) await this.#assertSuccessor(former.bytes);
    if (former?.digest !== digestOf(manifest)) {
      for (const role of this.#contents.roles) await this.#pushRole(role);
      await this.#pushFiles(this.#indexFiles());
      await pushManifest(this.#repository, { bytes: manifest, mediaType: MEDIA_TYPES.imageManifest }, INDEX_TAG);
    }
    const { location } = this.#repository.reference;
    return { location, timestamp: this.#contents.timestamp, versions: this.#versions, blobs: this.#blobs };
  }

  /** What every reader needs, and what is short-lived, so that it comes with one request. */
  #indexFiles(): IndexFile[] {
    const revocations = this.#contents.roles.filter(({ role }) => role === REVOCATIONS_ROLE);
    return [...this.#contents.top, ...revocations.flatMap(({ file, targets }) => [file, ...targets])];
  }

  /** Refuses to put a registry over another one, or an older index over a newer. */
  async #assertSuccessor(former: Uint8Array): Promise<void> {
    const { byName } = decodeIndexManifest(former);
    const { location } = this.#repository.reference;
    const root = this.#contents.top.find(({ name }) => name === '1.root.json');
    if (root === undefined || byName.get('1.root.json')?.digest !== digestOf(root.bytes))
      throw new GreenticError('registry/exists', `${location} holds another registry.`, {
        hint: 'Push to a repository of its own.',
      });
    const layer = byName.get('timestamp.json');
    const bytes = layer && (inlineBytes(layer) ?? (await this.#repository.blob(layer.digest, layer.size)));
    if (layer === undefined || bytes === undefined) return;
    const { version } = decodeMetadata(assertPinned(bytes, layer, 'timestamp.json'), 'timestamp');
    if (version > this.#contents.timestamp)
      throw new GreenticError('index/rollback', `${location} has a newer index, ${version}, than this folder.`, {
        hint: 'Push from the folder that is newest.',
      });
  }

  /** Brings what a role signed, unless that is there; its own manifest, written last, keeps all of it from collection. */
  async #pushRole({ role, file, targets }: RoleContents): Promise<void> {
    const tag = `${INDEX_TAG}.${role}`;
    const manifest = encodeIndexManifest([file, ...targets], { inline: false });
    const former = await this.#repository.manifest(tag, INDEX_MANIFEST_MAX_BYTES);
    if (former?.digest === digestOf(manifest)) return;
    const known = former === undefined ? undefined : decodeIndexManifest(former.bytes).byDigest;
    for (const target of targets)
      if (role !== REVOCATIONS_ROLE && !known?.has(digestOf(target.bytes))) await this.#pushDocument(target);
    await this.#pushFiles([file, ...targets]);
    await pushManifest(this.#repository, { bytes: manifest, mediaType: MEDIA_TYPES.imageManifest }, tag);
  }

  async #pushDocument({ name: file, bytes }: IndexFile): Promise<void> {
    const value = parseJson(bytes, { maxBytes: DOCUMENT_MAX_BYTES, code: 'index/invalid' });
    const { name, versions } = decode(VersionsDocument, value, 'index/invalid', file);
    for (const entry of versions) {
      const present = (await this.#repository.digestOfTag(versionTag(name, entry.version))) === entry.group;
      if (!present) await this.#pushVersion(name, entry);
      this.#versions[present ? 'present' : 'pushed']++;
      hear(() => this.#options.events?.onVersion?.({ name, version: entry.version, present }));
    }
  }

  /** Brings a version from its blobs up to its group, so that what is there is whole. */
  async #pushVersion(name: ArtifactName, entry: VersionEntry): Promise<void> {
    const { manifests, blobs } = await closureOf(storeOf(this.#layout), entry);
    const [group, artifact, ...evidence] = manifests;
    await Promise.all(blobs.map((blob) => this.#pushStored(blob)));
    await pushManifest(this.#repository, artifact);
    const claims = await Promise.all(evidence.map((manifest) => pushManifest(this.#repository, manifest)));
    const referrers = evidence.map(({ bytes, mediaType }) => ({
      mediaType,
      digest: digestOf(bytes),
      size: bytes.byteLength,
      artifactType: JSON.parse(Buffer.from(bytes).toString()).artifactType as string,
    }));
    await this.#referrers.record(entry.digest, referrers, claims.every(Boolean));
    await pushManifest(this.#repository, group, versionTag(name, entry.version));
  }

  async #pushStored(blob: Descriptor): Promise<void> {
    const bytes = await storeOf(this.#layout).blob(blob.digest, blob.size);
    await this.#push(assertPinned(bytes, blob, `The blob ${blob.digest}`));
  }

  async #pushFiles(files: readonly IndexFile[]): Promise<void> {
    await Promise.all([EMPTY_CONFIG, ...files.map(({ bytes }) => bytes)].map((bytes) => this.#push(bytes)));
  }

  async #push(bytes: Uint8Array): Promise<void> {
    const digest = digestOf(bytes);
    if (this.#brought.has(digest)) return;
    const present = (await pushBlob(this.#repository, bytes, this.#options)) === 'present';
    this.#brought.add(digest);
    if (!present) this.#blobs = { pushed: this.#blobs.pushed + 1, bytes: this.#blobs.bytes + bytes.byteLength };
    hear(() => this.#options.events?.onBlob?.({ digest, bytes: bytes.byteLength, present }));
  }
}

/** Tells a listener, and goes on whatever it does. */
function hear(tell: () => void): void {
  try {
    tell();
  } catch {
    // A listener that fails must not decide what is pushed.
  }
}
