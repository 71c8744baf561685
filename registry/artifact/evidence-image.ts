import { canonicalize, decode, EVIDENCE_MAX_BYTES, EVIDENCE_MEDIA_TYPE, parseJson } from '@greentic/core';
import * as z from 'zod';
import { Descriptor, describeBytes, withInline } from './descriptor.ts';
import { MEDIA_TYPES } from './media-type.ts';

/** Largest evidence manifest, in bytes. */
export const EVIDENCE_IMAGE_MAX_BYTES = 32 * 1024;

/** Largest evidence that travels inside its manifest, in bytes. */
export const INLINE_EVIDENCE_MAX_BYTES = 16 * 1024;

/** Most bytes that all evidence of one artifact has together: it is held in memory at once. */
export const EVIDENCE_TOTAL_MAX_BYTES = 2 * EVIDENCE_MAX_BYTES;

/** The empty configuration of OCI image specification 1.1: the two bytes `{}`. */
export const EMPTY_CONFIG = Buffer.from('{}');

/** OCI image manifest of one signed statement about a pack: the layer is the Sigstore bundle, the subject the pack. */
const EvidenceImage = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.imageManifest),
  artifactType: z.literal(EVIDENCE_MEDIA_TYPE),
  config: Descriptor,
  layers: z
    .array(
      Descriptor.refine(
        ({ size }) => size <= EVIDENCE_MAX_BYTES,
        `must not be larger than ${EVIDENCE_MAX_BYTES} bytes`,
      ),
    )
    .length(1),
  subject: Descriptor,
});

/** The canonical bytes of the manifest that ties evidence to its subject, with small evidence inside. */
export function encodeEvidenceImage(evidence: Uint8Array, { data: _, ...subject }: Descriptor): Uint8Array {
  const layer = describeBytes(EVIDENCE_MEDIA_TYPE, evidence);
  const image: z.infer<typeof EvidenceImage> = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.imageManifest,
    artifactType: EVIDENCE_MEDIA_TYPE,
    config: describeBytes(MEDIA_TYPES.empty, EMPTY_CONFIG),
    layers: [withInline(layer, evidence, INLINE_EVIDENCE_MAX_BYTES)],
    subject,
  };
  return Buffer.from(canonicalize(image));
}

/** Decodes an evidence manifest: where the evidence is, and about what. Throws `artifact/invalid`. */
export function decodeEvidenceImage(bytes: Uint8Array): { evidence: Descriptor; subject: Descriptor } {
  const value = parseJson(bytes, { maxBytes: EVIDENCE_IMAGE_MAX_BYTES, code: 'artifact/invalid' });
  const { layers, subject } = decode(EvidenceImage, value, 'artifact/invalid', 'The evidence manifest');
  const [evidence] = layers as [Descriptor];
  return { evidence, subject };
}
