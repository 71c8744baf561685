import { type ArtifactName, assertDigest, GreenticError, type Version } from '@greentic/core';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { assertPinned } from '../artifact/descriptor.ts';
import { decodeGroup, GROUP_MAX_BYTES } from '../artifact/group.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { fetchArtifact } from '../source/fetch.ts';
import type { Channel } from '../tuf/channel.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import { assertAbout } from './evidence-claim.ts';
import { pointTo } from './offering.ts';
import { storeOf } from './submission.ts';
import { partsOfGrowth, partsOfVersion } from './version-parts.ts';
import { changeVersions, entryOf, type IndexVersions, type PublishOptions, withVersion } from './versions-change.ts';

/** What to publish. */
export interface Publishing {
  readonly artifact: BuiltArtifact;
  /** Sigstore bundles, JSON text. */
  readonly evidence: readonly string[];
  /** Channels that are to name the version. */
  readonly channels?: readonly Channel[];
}

/** What was published, and as which version of the index. */
export interface Published {
  readonly entry: VersionEntry;
  readonly index: IndexVersions;
}

/**
 * Publishes an artifact with its evidence, and points channels at it. Versions are immutable.
 * Throws `pack/version-exists`, `registry/namespace-denied`, `trust/statement-mismatch` for evidence about something else,
 * `artifact/invalid` and `input/too-large` for more of it than readers take, and `trust/threshold` when the registry's own keys
 * are not the ones given.
 */
export async function publish(
  folder: string,
  { artifact, evidence, channels = [], ...options }: Publishing & PublishOptions,
): Promise<Published> {
  const { name, version, digest, image } = artifact;
  assertDigest(image, digest, `The image manifest of ${name}@${version}`, 'artifact/invalid');
  for (const bundle of evidence) assertAbout(bundle, artifact);
  const layout = new ImageLayout(folder);
  const { result, index } = await changeVersions(folder, name, options, async (document) => {
    if (document.versions.some((entry) => entry.version === version)) {
      throw new GreenticError('pack/version-exists', `${name}@${version} is already published.`);
    }
    const { parts, entry } = partsOfVersion(artifact, evidence, options.now);
    for (const { bytes } of parts) await layout.write(bytes);
    await assertReadable(layout, name, entry);
    const pointers = Object.fromEntries(channels.map((channel) => [channel, version]));
    return { document: pointTo(withVersion(document, entry), pointers), result: entry };
  });
  return { entry: result, index };
}

/**
 * Adds evidence to a published version: a conformance report that took its time, a second signature. The artifact's identity
 * stays. Throws `pack/version-not-found`, and as `publish` does.
 */
export async function attachEvidence(
  folder: string,
  {
    name,
    version,
    evidence,
    ...options
  }: { name: ArtifactName; version: Version; evidence: readonly string[] } & PublishOptions,
): Promise<Published> {
  const layout = new ImageLayout(folder);
  const { result, index } = await changeVersions(folder, name, options, async (document) => {
    const former = entryOf(document, version);
    for (const bundle of evidence) assertAbout(bundle, { name, version, digest: former.digest });
    const { parts, pin } = partsOfGrowth(decodeGroup(await readGroup(layout, former)), evidence);
    for (const { bytes } of parts) await layout.write(bytes);
    const entry = { ...former, ...pin };
    await assertReadable(layout, name, entry);
    return { document: withVersion(document, entry), result: entry };
  });
  return { entry: result, index };
}

/** Reads a version as everybody will: with too much evidence, nobody could. */
async function assertReadable(layout: ImageLayout, name: ArtifactName, entry: VersionEntry): Promise<void> {
  await fetchArtifact(storeOf(layout), name, entry);
}

async function readGroup(layout: ImageLayout, { group, groupSize }: VersionEntry): Promise<Uint8Array> {
  const bytes = await layout.read(group, GROUP_MAX_BYTES);
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', `The registry at ${layout.folder} lacks ${group}.`);
  return assertPinned(bytes, { digest: group, size: groupSize }, 'The group');
}
