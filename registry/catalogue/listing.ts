import { join } from 'node:path';
import { type ArtifactName, type Digest, GreenticError, isGreenticError, type Manifest } from '@greentic/core';
import semver from 'semver';
import { assertPinned } from '../artifact/descriptor.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { README_MAX_BYTES } from '../artifact/pack-image.ts';
import { openEnvelope, statementIn } from '../evidence/envelope.ts';
import { readBounded } from '../layout/bounded-file.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { pinnedRoot } from '../publish/registry.ts';
import { storeOf } from '../publish/submission.ts';
import { closureOf } from '../source/closure.ts';
import { fetchArtifact } from '../source/fetch.ts';
import type { BlobSource } from '../source/source.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';

/** One signed statement about a version. Whether to believe its signer is for each environment to say. */
export interface Testimony {
  readonly kind: string;
  /** Whose key is said to have signed; undefined for an identity's certificate. */
  readonly keyId: string | undefined;
  /** Of a conformance result: whether it says conformant. */
  readonly passed: boolean | undefined;
}

/** The version of a name that its page describes, with everything in it checked against the index. */
export interface Described {
  readonly entry: VersionEntry;
  readonly manifest: Manifest;
  readonly readme: string | undefined;
  readonly testimony: readonly Testimony[];
}

/** What the catalogue knows of a name. */
export interface Listed {
  readonly document: VersionsDocument;
  readonly described: Described;
  /** Why the registry withdrew versions, by digest. */
  readonly revoked: ReadonlyMap<Digest, string>;
}

/** A name that is left out, and why. */
export interface Omitted {
  readonly name: string;
  readonly error: GreenticError;
}

/** Everything a registry offers, in order of name. */
export interface Listing {
  readonly listed: readonly Listed[];
  readonly omitted: readonly Omitted[];
}

/**
 * Reads everything a registry folder has published, as a reader would: through its index, and with every byte checked. What does
 * not hold is left out and named. Throws `index/*` and `registry/unreachable` when the index itself cannot be read.
 */
export async function readListing(folder: string, now: Date): Promise<Listing> {
  const root = Buffer.from(JSON.stringify(await pinnedRoot(folder)));
  const read = (file: string, maxBytes: number) => readBounded(join(folder, 'tuf', file), maxBytes, 'index/invalid');
  const index = await TrustedIndex.open({ root, read, now });
  const revoked = new Map((await index.revocations()).map(({ digest, reason }) => [digest, reason]));
  const store = storeOf(new ImageLayout(folder));
  const listed: Listed[] = [];
  const omitted: Omitted[] = [];
  const leaveOut = (name: string, error: unknown) => {
    if (!isGreenticError(error)) throw error;
    omitted.push({ name, error });
  };
  for (const namespace of await index.namespaces()) {
    try {
      for (const name of await index.namesOf(namespace)) {
        try {
          const { document } = await index.versionsOf(name);
          listed.push({
            document,
            described: await describeVersion(store, name, shownVersion(document, revoked)),
            revoked,
          });
        } catch (error) {
          leaveOut(name, error);
        }
      }
    } catch (error) {
      leaveOut(`${namespace}.*`, error);
    }
  }
  return { listed: listed.toSorted((a, b) => (a.document.name < b.document.name ? -1 : 1)), omitted };
}

/** The version a page describes: what the channel `latest/stable` names, or the newest release that is still offered. */
export function shownVersion(
  { name, versions, channels }: VersionsDocument,
  revoked: ReadonlyMap<Digest, string>,
): VersionEntry {
  const stable = Object.entries(channels ?? {}).find(([channel]) => channel === 'latest/stable')?.[1];
  const newestFirst = versions.toSorted((a, b) => semver.rcompare(a.version, b.version));
  const offered = newestFirst.filter(({ yanked, digest }) => yanked === undefined && !revoked.has(digest));
  const shown =
    offered.find(({ version }) => version === stable) ??
    offered.find(({ version }) => semver.prerelease(version) === null) ??
    offered[0] ??
    newestFirst[0];
  if (shown === undefined) throw new GreenticError('pack/version-not-found', `${name} has no version.`);
  return shown;
}

async function describeVersion(store: BlobSource, name: ArtifactName, entry: VersionEntry): Promise<Described> {
  const { artifact, evidence } = await fetchArtifact(store, name, entry);
  const { blobs } = await closureOf(store, entry);
  const descriptor = blobs.find(({ mediaType, size }) => mediaType === MEDIA_TYPES.readme && size <= README_MAX_BYTES);
  const readme =
    descriptor && assertPinned(await store.blob(descriptor.digest, descriptor.size), descriptor, 'The README');
  return {
    entry,
    manifest: artifact.manifest,
    readme: readme && Buffer.from(readme).toString(),
    testimony: evidence.map(testimonyOf),
  };
}

const KINDS: readonly [pattern: RegExp, kind: string][] = [
  [/\/publish\//, 'publication'],
  [/test-result/, 'conformance'],
  [/slsa/, 'provenance'],
  [/cyclonedx/, 'list of packages'],
  [/approv/, 'approval'],
];

function testimonyOf(evidence: Uint8Array): Testimony {
  const envelope = openEnvelope(evidence);
  const { predicateType, predicate } = statementIn(envelope);
  const kind = KINDS.find(([pattern]) => pattern.test(predicateType))?.[1] ?? 'other';
  const result = (predicate as { result?: string } | undefined)?.result;
  return { kind, keyId: envelope.keyId, passed: kind === 'conformance' ? result === 'PASSED' : undefined };
}
