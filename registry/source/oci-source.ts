import { type ArtifactName, type Digest, GreenticError, type Revocation } from '@greentic/core';
import { assertPinned, inlineBytes } from '../artifact/descriptor.ts';
import { decodeIndexManifest, INDEX_MANIFEST_MAX_BYTES, INDEX_TAG, type IndexLayers } from '../oci/index-manifest.ts';
import { parseOciReference } from '../oci/reference.ts';
import { OciRepository } from '../oci/repository.ts';
import type { TransportOptions } from '../oci/transport.ts';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { IndexWalk, type SourceOptions } from './index-walk.ts';
import type { BlobSource, IndexAnswer, Source } from './source.ts';

/** A registry in one repository of an OCI registry: the index under a tag, everything else by its digest. */
export class OciSource implements Source, BlobSource {
  readonly location: string;
  readonly remote = true;
  readonly #repository: OciRepository;
  readonly #walk: IndexWalk;
  #copied: Promise<ReadIndexFile> | undefined;

  /** `location` is `oci://host[:port]/repository`. Throws `input/invalid`. */
  constructor(location: string, options: SourceOptions, transport: TransportOptions = {}) {
    const reference = parseOciReference(location);
    this.location = reference.location;
    this.#repository = new OciRepository(reference, transport);
    this.#walk = new IndexWalk(options);
  }

  async index(name: ArtifactName): Promise<IndexAnswer> {
    return this.#walk.versionsOf(name, await this.#openIndex());
  }

  async revocations(): Promise<readonly Revocation[]> {
    return this.#walk.revocations(await this.#openIndex());
  }

  /** All from the one index that was there at first: a mirror must not mix two. */
  readonly readIndex: ReadIndexFile = async (file, maxBytes, digest) => {
    this.#copied ??= this.#openIndex();
    const read = await this.#copied;
    return read(file, maxBytes, digest);
  };

  /** All names have their parts in one place. */
  blobsOf(): BlobSource {
    return this;
  }

  async blob(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    return (await this.#repository.blob(digest, maxBytes)) ?? this.#lacks(digest);
  }

  async manifest(digest: Digest, maxBytes: number): Promise<Uint8Array> {
    return (await this.#repository.manifest(digest, maxBytes))?.bytes ?? this.#lacks(digest);
  }

  /** Asks for the index once; what it shows then is all that is read of it. */
  async #openIndex(): Promise<ReadIndexFile> {
    const manifest = await this.#repository.manifest(INDEX_TAG, INDEX_MANIFEST_MAX_BYTES);
    if (manifest === undefined) {
      throw new GreenticError('registry/unreachable', `There is no index in ${this.location}.`, {
        hint: 'Check the repository; its owner brings a registry there with gtc registry push.',
      });
    }
    const layers = decodeIndexManifest(manifest.bytes);
    return (file, maxBytes, digest) => this.#file(layers, file, maxBytes, digest);
  }

  /** A file of the index: by the digest that verified metadata names, else by its name. */
  async #file(
    { byName, byDigest }: IndexLayers,
    file: string,
    maxBytes: number,
    digest: Digest | undefined,
  ): Promise<Uint8Array | undefined> {
    const layer = digest === undefined ? byName.get(file) : byDigest.get(digest);
    const wanted = digest ?? layer?.digest;
    if (wanted === undefined) return undefined;
    if (layer !== undefined && layer.size > maxBytes)
      throw new GreenticError('index/invalid', `${file} in ${this.location} is larger than ${maxBytes} bytes.`);
    const inline = layer && inlineBytes(layer);
    if (layer !== undefined && inline !== undefined) return assertPinned(inline, layer, `${file} of the index`);
    return this.#repository.blob(wanted, maxBytes);
  }

  #lacks(digest: Digest): never {
    throw new GreenticError('registry/incomplete', `The registry at ${this.location} lacks ${digest}.`);
  }
}
