import { type ArtifactName, canonicalize, GreenticError } from '@greentic/core';
import semver from 'semver';
import { assertPinned, type Descriptor } from '../artifact/descriptor.ts';
import { EVIDENCE_TOTAL_MAX_BYTES } from '../artifact/evidence-image.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { MODULE_MAX_BYTES } from '../artifact/pack-image.ts';
import { closureOf } from '../source/closure.ts';
import { fetchArtifact } from '../source/fetch.ts';
import type { BlobSource, Source } from '../source/source.ts';
import type { ReadIndexFile } from '../tuf/client-workflow.ts';
import { decodeMetadata, metadataFile } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES } from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import { type MirrorTarget, openTarget } from './mirror-target.ts';

/** A name to mirror, and which of its versions: an exact one, or every release in a range. */
export interface MirrorWish {
  readonly name: ArtifactName;
  readonly range: string;
}

/** What to mirror. */
export interface MirrorRequest {
  readonly source: Source;
  /** The registry's root, as whoever mirrors has pinned it. */
  readonly root: unknown;
  /** A folder, or a file that ends in `.tar`. */
  readonly target: string;
  /** Whose blobs to copy; all when left out. The index is always copied whole: it is signed as a whole. */
  readonly wishes?: readonly MirrorWish[];
  readonly now: Date;
}

/** What a mirror came to. */
export interface Mirrored {
  readonly versions: readonly { readonly name: ArtifactName; readonly version: string }[];
  readonly blobs: number;
  /** Of them, those that were not there before. */
  readonly added: number;
  readonly timestamp: number;
}

/**
 * Copies a registry, or some of it, with everything it takes to verify it where there is no network: metadata from the first
 * root on, documents, groups, evidence, blobs. Everything is read as an environment would read it, from the pinned root down,
 * and what does not verify is not copied. Throws `registry/incomplete` for what the source lacks, `pack/not-found`,
 * `pack/version-not-found`, `index/rollback` for a mirror that is newer than the source, and as installing does.
 */
export async function mirrorRegistry(request: MirrorRequest): Promise<Mirrored> {
  const target = openTarget(request.target);
  try {
    return await copy(request, target);
  } catch (error) {
    await target.abandon();
    throw error;
  }
}

async function copy({ source, root, wishes, now }: MirrorRequest, target: MirrorTarget): Promise<Mirrored> {
  const { files, index, entries } = await readWhole(source, Buffer.from(canonicalize(root)), now);
  const timestamp = decodeMetadata(index.seen.timestamp, 'timestamp').version;
  const former = await target.timestamp();
  if (former !== undefined && decodeMetadata(former, 'timestamp').version > timestamp)
    throw new GreenticError(
      'index/rollback',
      `The mirror is newer than ${source.location}, of timestamp ${timestamp}.`,
    );
  const chosen = wishes === undefined ? entries : wishes.flatMap((wish) => choose(entries, wish));
  const groups = new Map<string, Descriptor>();
  let blobs = 0;
  let added = 0;
  for (const { name, entry } of chosen) {
    for (const bytes of await bytesOf(source.blobsOf(name), name, entry)) {
      blobs++;
      if (await target.blob(bytes)) added++;
    }
    const group = { mediaType: MEDIA_TYPES.imageIndex, digest: entry.group, size: entry.groupSize };
    groups.set(`${name}:${entry.version}`, group);
  }
  for (const [file, bytes] of files) if (file !== 'timestamp.json') await target.index(file, bytes);
  await target.index('timestamp.json', index.seen.timestamp);
  await target.finish(groups);
  const versions = chosen.map(({ name, entry }) => ({ name, version: entry.version }));
  return { versions, blobs, added, timestamp };
}

interface NamedEntry {
  readonly name: ArtifactName;
  readonly entry: VersionEntry;
}

/** Verifies all of an index; gives its files, in order of their names, and every version it names. */
async function readWhole(source: Source, root: Uint8Array, now: Date) {
  const { readIndex } = source;
  if (readIndex === undefined)
    throw new GreenticError('registry/unreachable', `${source.location} is not a place that can be mirrored from.`);
  const files = new Map<string, Uint8Array>();
  const read: ReadIndexFile = async (file, maxBytes, digest) => {
    const bytes = await readIndex(file, maxBytes, digest);
    if (bytes !== undefined) files.set(file, bytes);
    return bytes;
  };
  const index = await TrustedIndex.open({ root, read, now });
  // Readers may have pinned an earlier root than this one; they check the way from theirs themselves.
  for (let version = 1; version <= decodeMetadata(root, 'root').version; version++)
    await read(metadataFile('root', version), METADATA_MAX_BYTES.root);
  await index.revocations();
  const entries: NamedEntry[] = [];
  for (const namespace of (await index.namespaces()).toSorted()) {
    for (const name of (await index.namesOf(namespace)).toSorted()) {
      const { document } = await index.versionsOf(name);
      entries.push(...document.versions.map((entry) => ({ name, entry })));
    }
  }
  return { files: new Map([...files].toSorted(([a], [b]) => (a < b ? -1 : 1))), index, entries };
}

function choose(entries: readonly NamedEntry[], { name, range }: MirrorWish): NamedEntry[] {
  const known = entries.filter((each) => each.name === name);
  if (known.length === 0) throw new GreenticError('pack/not-found', `The index has no ${name}.`);
  if (range.length > 256 || semver.validRange(range) === null)
    throw new GreenticError('input/invalid', `${range.slice(0, 256)} is neither a version nor a range.`);
  const wanted = known.filter(({ entry }) => entry.version === range || semver.satisfies(entry.version, range));
  if (wanted.length > 0) return wanted;
  throw new GreenticError('pack/version-not-found', `No version of ${name} satisfies ${range}.`);
}

/** Every byte of a version, each checked: first as an environment checks it, then what only people and tools read. */
async function bytesOf(source: BlobSource, name: ArtifactName, entry: VersionEntry): Promise<Uint8Array[]> {
  await fetchArtifact(source, name, entry);
  const { manifests, blobs } = await closureOf(source, entry);
  const all = manifests.map(({ bytes }) => bytes);
  const most = MODULE_MAX_BYTES + EVIDENCE_TOTAL_MAX_BYTES;
  for (const blob of blobs) {
    if (blob.size > most) throw new GreenticError('artifact/invalid', `${blob.digest} is larger than ${most} bytes.`);
    const what = `A blob of ${name}@${entry.version}`;
    all.push(assertPinned(await source.blob(blob.digest, blob.size), blob, what));
  }
  return all;
}
