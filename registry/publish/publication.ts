import {
  type ArtifactName,
  assertDigest,
  type Digest,
  EVIDENCE_MEDIA_TYPE,
  GreenticError,
  kindOf,
  namespaceOf,
  type Version,
} from '@greentic/core';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { assertPinned, type Descriptor, describeBytes, pinOf, withInline } from '../artifact/descriptor.ts';
import { EMPTY_CONFIG, encodeEvidenceImage } from '../artifact/evidence-image.ts';
import { decodeGroup, encodeGroup, GROUP_MAX_BYTES, type Group } from '../artifact/group.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { documentPath } from '../tuf/metadata.ts';
import {
  DOCUMENT_MAX_BYTES,
  decodeVersions,
  encodeVersions,
  type VersionEntry,
  type VersionsDocument,
} from '../tuf/versions-document.ts';
import { assertAbout } from './evidence-claim.ts';
import { type ChangeOptions, IndexChange, type SealKeys } from './index-change.ts';
import { delegationFor } from './registry.ts';

/** The keys and the time of a publication. */
export interface PublishOptions extends ChangeOptions {
  /** Secret keys of the namespace; as many as its delegation demands. */
  readonly namespaceKeys: readonly string[];
  readonly registryKeys: SealKeys;
}

/** What was published, and as which version of the index. */
export interface Published {
  readonly entry: VersionEntry;
  readonly index: { readonly timestamp: number; readonly snapshot: number };
}

/**
 * Publishes an artifact with its evidence: Sigstore bundles as JSON text. Versions are immutable. Throws
 * `pack/version-exists`, `registry/namespace-denied`, `trust/statement-mismatch` for evidence about something else, and
 * `trust/threshold` when the registry's own keys are not the ones given.
 */
export async function publish(
  folder: string,
  { artifact, evidence, ...options }: { artifact: BuiltArtifact; evidence: readonly string[] } & PublishOptions,
): Promise<Published> {
  const { name, version, digest, image } = artifact;
  assertDigest(image, digest, `The image manifest of ${name}@${version}`, 'artifact/invalid');
  for (const bundle of evidence) assertAbout(bundle, artifact);
  return changeVersions(folder, name, options, async (document, layout) => {
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
    return entryOf(artifact, group);
  });
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
  return changeVersions(folder, name, options, async (document, layout) => {
    const entry = document.versions.find((candidate) => candidate.version === version);
    if (entry === undefined)
      throw new GreenticError('pack/version-not-found', `${name}@${version} is not published here.`);
    for (const bundle of evidence) assertAbout(bundle, { name, digest: entry.digest });
    const former = decodeGroup(await readGroup(layout, entry));
    const added = await writeEvidence(layout, former.artifact, evidence);
    return {
      ...entry,
      ...(await writeGroup(layout, { artifact: former.artifact, evidence: [...former.evidence, ...added] })),
    };
  });
}

/** Replaces one entry of a name's versions document, as one change of the index. */
async function changeVersions(
  folder: string,
  name: ArtifactName,
  { namespaceKeys, registryKeys, ...when }: PublishOptions,
  decide: (document: VersionsDocument, layout: ImageLayout) => Promise<VersionEntry>,
): Promise<Published> {
  return withFolderLock(folder, async () => {
    const namespace = namespaceOf(name);
    const path = documentPath(namespace, name);
    const change = await IndexChange.open(folder, when);
    const delegation = delegationFor(change, namespace, namespaceKeys);
    const role = await change.namespaceRole(namespace);
    const document = await readDocument(change, role, path, name);
    const layout = new ImageLayout(folder);
    const entry = await decide(document, layout);
    const versions = [...document.versions.filter(({ version }) => version !== entry.version), entry];
    const target = change.putTarget(path, encodeVersions({ ...document, versions }));
    change.putNamespace(delegation, { ...role, targets: { ...role.targets, [path]: target } }, namespaceKeys);
    change.seal(registryKeys);
    await (await change.verify()).versionsOf(name);
    const index = await change.commit();
    await layout.tag(`${name}:${entry.version}`, {
      mediaType: MEDIA_TYPES.imageIndex,
      digest: entry.group,
      size: entry.groupSize,
    });
    return { entry, index };
  });
}

async function readDocument(
  change: IndexChange,
  role: Parameters<IndexChange['target']>[0],
  path: string,
  name: ArtifactName,
): Promise<VersionsDocument> {
  if (role.targets[path] === undefined) return { schema: 'greentic.versions/1', name, versions: [] };
  const bytes = await change.target(role, path, DOCUMENT_MAX_BYTES);
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', `The registry lacks the versions document of ${name}.`);
  const facts = pinOf(bytes);
  if (role.targets[path].hashes.sha256 !== facts.digest.slice('sha256:'.length)) {
    throw new GreenticError('index/invalid', `The versions document of ${name} is not the one its publisher signed.`);
  }
  return decodeVersions(bytes, name);
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

function entryOf(
  { name, version, digest, image, manifest }: BuiltArtifact,
  group: { group: Digest; groupSize: number },
): VersionEntry {
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  return { version, digest, size: image.byteLength, ...group, kind: kindOf(name), ...contract };
}
