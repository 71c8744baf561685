import { EVIDENCE_MEDIA_TYPE, kindOf } from '@greentic/core';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { type Descriptor, describeBytes, pinOf, withInline } from '../artifact/descriptor.ts';
import { EMPTY_CONFIG, encodeEvidenceImage } from '../artifact/evidence-image.ts';
import { encodeGroup, type Group } from '../artifact/group.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';

/** Something to store: what OCI calls a blob, or a manifest with its media type. What a manifest names comes before it. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly manifest?: string;
}

/** What a version consists of in a store, and how the index names it. */
export interface VersionParts {
  readonly parts: readonly Part[];
  readonly entry: VersionEntry;
}

/** The parts of a new version: the artifact, its evidence, and the group that holds both. */
export function partsOfVersion(artifact: BuiltArtifact, evidence: readonly string[], now: Date): VersionParts {
  const { name, version, digest, image, manifest, config, module, readme, sbom } = artifact;
  const descriptor = imageDescriptor(image, MEDIA_TYPES.artifact);
  const signed = partsOfEvidence(descriptor, evidence);
  const group = partOfGroup({ artifact: descriptor, evidence: signed.descriptors });
  const blobs = [config, module, readme, sbom].filter((bytes) => bytes !== undefined).map((bytes) => ({ bytes }));
  const contract = manifest.schema === 'greentic.pack/1' ? { contract: manifest.contract } : {};
  const entry: VersionEntry = {
    version,
    digest,
    size: image.byteLength,
    ...group.pin,
    kind: kindOf(name),
    ...contract,
    publishedAt: now.toISOString(),
  };
  return { parts: [...blobs, manifestPart(image), ...signed.parts, group.part], entry };
}

/** The parts of further evidence about an artifact, and of the group that holds it with the evidence of before. */
export function partsOfGrowth(
  former: Group,
  evidence: readonly string[],
): Pick<VersionParts, 'parts'> & { pin: GroupPin } {
  const added = partsOfEvidence(former.artifact, evidence);
  const { part, pin } = partOfGroup({
    artifact: former.artifact,
    evidence: [...former.evidence, ...added.descriptors],
  });
  return { parts: [...added.parts, part], pin };
}

type GroupPin = Pick<VersionEntry, 'group' | 'groupSize'>;

function partOfGroup(group: Group): { part: Part; pin: GroupPin } {
  const bytes = encodeGroup(group);
  const { digest, size } = pinOf(bytes);
  return { part: { bytes, manifest: MEDIA_TYPES.imageIndex }, pin: { group: digest, groupSize: size } };
}

function partsOfEvidence(
  subject: Descriptor,
  evidence: readonly string[],
): { parts: Part[]; descriptors: Descriptor[] } {
  const parts: Part[] = [];
  const descriptors: Descriptor[] = [];
  for (const bundle of evidence) {
    const bytes = Buffer.from(bundle);
    const image = encodeEvidenceImage(bytes, subject);
    parts.push({ bytes: EMPTY_CONFIG }, { bytes }, manifestPart(image));
    descriptors.push(imageDescriptor(image, EVIDENCE_MEDIA_TYPE));
  }
  return { parts, descriptors };
}

function manifestPart(bytes: Uint8Array): Part {
  return { bytes, manifest: MEDIA_TYPES.imageManifest };
}

/** Describes an image manifest, with its bytes inside when it is small. */
function imageDescriptor(image: Uint8Array, artifactType: string): Descriptor {
  return withInline({ ...describeBytes(MEDIA_TYPES.imageManifest, image), artifactType }, image);
}
