import { join } from 'node:path';
import { type ArtifactName, GreenticError, type Revocation, type Version } from '@greentic/core';
import { readBounded } from '../layout/bounded-file.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { repositoryOf } from '../oci/reference.ts';
import { type FetchedArtifact, fetchArtifact } from '../source/fetch.ts';
import { resolve } from '../source/resolve.ts';
import type { BlobSource } from '../source/source.ts';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';
import type { RemoteStore } from './remote-registry.ts';
import { storeOf } from './submission.ts';
import { entryOf } from './versions-change.ts';

/** Where a registry is read by those who write in it. */
export interface RegistryDesk {
  readonly metadata: ReadIndexFile;
  blobsOf(name: ArtifactName): BlobSource;
}

/** A registry's folder. */
export function folderDesk(folder: string): RegistryDesk {
  return {
    metadata: (file, maxBytes) => readBounded(join(folder, 'tuf', file), maxBytes, 'index/invalid'),
    blobsOf: () => storeOf(new ImageLayout(folder)),
  };
}

/** A registry that somebody serves. */
export function remoteDesk(store: RemoteStore): RegistryDesk {
  return {
    metadata: (file, maxBytes) => store.metadata(file, maxBytes),
    blobsOf: (name) => ({
      remote: true,
      blob: (digest, maxBytes) => store.pull(repositoryOf(name), { digest, kind: 'blobs' }, maxBytes),
      manifest: (digest, maxBytes) => store.pull(repositoryOf(name), { digest, kind: 'manifests' }, maxBytes),
    }),
  };
}

/** A published version with everything that belongs to it, in memory, each byte checked against the index. */
export interface PublishedVersion extends FetchedArtifact {
  readonly document: VersionsDocument;
  readonly entry: VersionEntry;
  /** What the registry withdrew of the name. */
  readonly revocations: readonly Revocation[];
}

/**
 * Reads a version as the registry itself shows it, from its own first root: nothing says that it is the registry one means.
 * Whoever signs on the strength of it pins the digest. Throws as installing does.
 */
export async function readPublished(
  desk: RegistryDesk,
  { name, which, now }: { name: ArtifactName; which: { version: Version } | { range: string }; now: Date },
): Promise<PublishedVersion> {
  const root = await desk.metadata('1.root.json', METADATA_MAX_BYTES.root);
  if (root === undefined) throw new GreenticError('registry/unreachable', 'There is no registry at this place.');
  const index = await TrustedIndex.open({ root, read: desk.metadata, now });
  const revocations = (await index.revocations()).filter((each) => each.name === name);
  const { document } = await index.versionsOf(name);
  const revoked = new Set(revocations.map(({ digest }) => digest));
  const entry = 'version' in which ? entryOf(document, which.version) : resolve(document, which.range, revoked);
  return { document, entry, revocations, ...(await fetchArtifact(desk.blobsOf(name), name, entry)) };
}
