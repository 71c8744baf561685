import type { ArtifactName, Digest, Revocation, TrustRoot } from '@greentic/core';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import type { IndexProvenance } from '../tuf/trusted-index.ts';
import type { VersionsDocument } from '../tuf/versions-document.ts';

/** A registry as a trust root names it. */
export type RegistryEntry = TrustRoot['registries'][number];

/** What a verified index says of a name. */
export interface IndexAnswer {
  readonly document: VersionsDocument;
  readonly provenance: IndexProvenance;
  /** What the registry withdrew of this name. */
  readonly revocations: readonly Revocation[];
}

/** Where the bytes of artifacts come from, whatever the index is. */
export interface BlobSource {
  /**
   * Whether each question costs a request: then what travels inline is not asked for. Where it costs nothing everything is
   * read, so that a damaged copy is noticed.
   */
  readonly remote: boolean;
  /** The bytes stored under a digest, at most `maxBytes`. Whoever asks checks them. Throws `registry/*`. */
  blob(digest: Digest, maxBytes: number): Promise<Uint8Array>;
  /** As `blob`, of an image manifest or index: registries that speak OCI keep these apart. */
  manifest(digest: Digest, maxBytes: number): Promise<Uint8Array>;
}

/** Where artifacts come from. Caching, mirrors and fakes are sources around sources. */
export interface Source {
  /** For people: where this source reads. */
  readonly location: string;
  /** The versions of a name, from an index that was verified for this call. Throws `index/*`, `pack/not-found`, `registry/*`. */
  index(name: ArtifactName): Promise<IndexAnswer>;
  /** Everything the registry withdrew, from an index that was verified for this call. Throws `index/*`, `registry/*`. */
  revocations(): Promise<readonly Revocation[]>;
  /** Brings files of the index as they are, nothing verified: what a mirror copies. A source without cannot be mirrored. */
  readonly readIndex?: ReadIndexFile;
  /** Where the parts of a name are. */
  blobsOf(name: ArtifactName): BlobSource;
}
