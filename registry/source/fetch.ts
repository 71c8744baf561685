import { type ArtifactName, GreenticError, MANIFEST_MAX_BYTES } from '@greentic/core';
import { assertPinned, type BlobPin, type Descriptor, inlineBytes } from '../artifact/descriptor.ts';
import { decodeEvidenceImage, EVIDENCE_IMAGE_MAX_BYTES, EVIDENCE_TOTAL_MAX_BYTES } from '../artifact/evidence-image.ts';
import { decodeGroup, GROUP_MAX_BYTES } from '../artifact/group.ts';
import { decodePackImage, IMAGE_MAX_BYTES, MODULE_MAX_BYTES } from '../artifact/pack-image.ts';
import { type ArtifactClaim, type VerifiedArtifact, verifyArtifact } from '../artifact/verified-artifact.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import type { BlobSource } from './source.ts';

/** An artifact and what was signed about it, in memory; every byte checked against the index. */
export interface FetchedArtifact {
  readonly artifact: VerifiedArtifact;
  /** Sigstore bundles, their signatures not looked at yet. */
  readonly evidence: readonly Uint8Array[];
}

/**
 * Brings an artifact and its evidence from a source, from the group that the index names down to the last blob. Throws
 * `blob/digest-mismatch`, `blob/size-mismatch`, `artifact/invalid`, `pack/manifest-invalid` and what the source throws.
 */
export async function fetchArtifact(
  source: BlobSource,
  name: ArtifactName,
  entry: VersionEntry,
): Promise<FetchedArtifact> {
  const blobs = new CheckedBlobs(source, `${name}@${entry.version}`);
  const group = decodeGroup(
    await blobs.manifest({ digest: entry.group, size: entry.groupSize }, GROUP_MAX_BYTES, 'The group'),
  );
  if (group.artifact.digest !== entry.digest || group.artifact.size !== entry.size) {
    throw new GreenticError(
      'artifact/invalid',
      `The group of ${name}@${entry.version} holds another artifact than the index names.`,
    );
  }
  const [artifact, evidence] = await Promise.all([
    readArtifact(blobs, group.artifact, { name, ...entry }),
    readAllEvidence(blobs, group.evidence, entry),
  ]);
  return { artifact, evidence };
}

async function readArtifact(
  blobs: CheckedBlobs,
  descriptor: Descriptor,
  claim: ArtifactClaim,
): Promise<VerifiedArtifact> {
  const image = await blobs.manifest(descriptor, IMAGE_MAX_BYTES, 'The image manifest');
  const parts = decodePackImage(image);
  const [config, module] = await Promise.all([
    blobs.read(parts.config, MANIFEST_MAX_BYTES, 'The description'),
    blobs.read(parts.module, MODULE_MAX_BYTES, 'The module'),
  ]);
  return verifyArtifact(claim, { image, config, module });
}

/** Reads the small manifests first: they say how much there is to come. Throws `artifact/invalid` for too much. */
async function readAllEvidence(
  blobs: CheckedBlobs,
  descriptors: readonly Descriptor[],
  entry: VersionEntry,
): Promise<Uint8Array[]> {
  const pieces = await Promise.all(descriptors.map((descriptor) => findEvidence(blobs, descriptor, entry)));
  const total = pieces.reduce((sum, { size }) => sum + size, 0);
  if (total > EVIDENCE_TOTAL_MAX_BYTES) {
    throw new GreenticError(
      'artifact/invalid',
      `The evidence of ${entry.digest} has ${total} bytes; ${EVIDENCE_TOTAL_MAX_BYTES} are allowed.`,
    );
  }
  return Promise.all(pieces.map((piece) => blobs.read(piece, piece.size, 'The evidence')));
}

async function findEvidence(blobs: CheckedBlobs, descriptor: Descriptor, entry: VersionEntry): Promise<Descriptor> {
  const bytes = await blobs.manifest(descriptor, EVIDENCE_IMAGE_MAX_BYTES, 'The evidence manifest');
  const { evidence, subject } = decodeEvidenceImage(bytes);
  if (subject.digest !== entry.digest) {
    throw new GreenticError(
      'artifact/invalid',
      `The evidence ${descriptor.digest} belongs to another artifact, ${subject.digest}.`,
    );
  }
  return evidence;
}

type Pinned = BlobPin | Descriptor;

/** What a source holds, sized and hashed; what a descriptor carries inline is checked in the same way. */
class CheckedBlobs {
  readonly #source: BlobSource;
  readonly #owner: string;

  constructor(source: BlobSource, owner: string) {
    this.#source = source;
    this.#owner = owner;
  }

  read(pin: Pinned, maxBytes: number, what: string): Promise<Uint8Array> {
    return this.#check(pin, maxBytes, what, () => this.#source.blob(pin.digest, pin.size));
  }

  manifest(pin: Pinned, maxBytes: number, what: string): Promise<Uint8Array> {
    return this.#check(pin, maxBytes, what, () => this.#source.manifest(pin.digest, pin.size));
  }

  async #check(pin: Pinned, maxBytes: number, what: string, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (pin.size > maxBytes)
      throw new GreenticError('artifact/invalid', `${what} of ${this.#owner} is larger than ${maxBytes} bytes.`);
    const inline = this.#source.remote && 'mediaType' in pin ? inlineBytes(pin) : undefined;
    const bytes = inline ?? (await fetch());
    return assertPinned(bytes, pin, `${what} of ${this.#owner}`);
  }
}
