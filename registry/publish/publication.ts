import {
  type ArtifactName,
  assertDigest,
  type Digest,
  EVIDENCE_MEDIA_TYPE,
  GreenticError,
  kindOf,
  type Version,
} from '@greentic/core';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { assertPinned, type Descriptor, describeBytes, pinOf, withInline } from '../artifact/descriptor.ts';
import { EMPTY_CONFIG, encodeEvidenceImage } from '../artifact/evidence-image.ts';
import { decodeGroup, encodeGroup, GROUP_MAX_BYTES, type Group } from '../artifact/group.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import type { Channel } from '../tuf/channel.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import { assertAbout } from './evidence-claim.ts';
import { pointTo } from './offering.ts';
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
 * Throws `pack/version-exists`, `registry/namespace-denied`, `trust/statement-mismatch` for evidence about something else, and
 * `trust/threshold` when the registry's own keys are not the ones given.
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
    for (const part of [artifact.config, artifact.module, artifact.readme, image])
      if (part !== undefined) await layout.write(part);
    const descriptor = imageDescriptor(image, MEDIA_TYPES.artifact);
    const group = await writeGroup(layout, {
      artifact: descriptor,
      evidence: await writeEvidence(layout, descriptor, evidence),
    });
    const entry: VersionEntry = { ...versionOf(artifact, group), publishedAt: options.now.toISOString() };
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
    for (const bundle of evidence) assertAbout(bundle, { name, digest: former.digest });
    const group = decodeGroup(await readGroup(layout, former));
    const added = await writeEvidence(layout, group.artifact, evidence);
    const grown = await writeGroup(layout, { artifact: group.artifact, evidence: [...group.evidence, ...added] });
    const entry = { ...former, ...grown };
    return { document: withVersion(document, entry), result: entry };
  });
  return { entry: result, index };
}

async function readGroup(layout: ImageLayout, { group, groupSize }: VersionEntry): Promise<Uint8Array> {
  const bytes = await layout.read(group, GROUP_MAX_BYTES);
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', `The registry at ${layout.folder} lacks ${group}.`);
  return assertPinned(bytes, { digest: group, size: groupSize }, 'The group');
}

async function writeEvidence(
  layout: ImageLayout,
  subject: Descriptor,
  evidence: readonly string[],
): Promise<Descriptor[]> {
  const written: Descriptor[] = [];
  for (const bundle of evidence) {
    const bytes = Buffer.from(bundle);
    const image = encodeEvidenceImage(bytes, subject);
    for (const blob of [EMPTY_CONFIG, bytes, image]) await layout.write(blob);
    written.push(imageDescriptor(image, EVIDENCE_MEDIA_TYPE));
  }
  return written;
}

/** Describes an image manifest, with its bytes inside when it is small. */
function imageDescriptor(image: Uint8Array, artifactType: string): Descriptor {
  return withInline({ ...describeBytes(MEDIA_TYPES.imageManifest, image), artifactType }, image);
}

async function writeGroup(layout: ImageLayout, group: Group): Promise<{ group: Digest; groupSize: number }> {
  const bytes = encodeGroup(group);
  await layout.write(bytes);
  const { digest, size } = pinOf(bytes);
  return { group: digest, groupSize: size };
}

function versionOf(
  { name, version, digest, image, manifest }: BuiltArtifact,
  group: { group: Digest; groupSize: number },
): VersionEntry {
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  return { version, digest, size: image.byteLength, ...group, kind: kindOf(name), ...contract };
}
