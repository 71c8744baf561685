import { canonicalize, decode, EVIDENCE_MEDIA_TYPE, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { Descriptor } from './descriptor.ts';
import { MEDIA_TYPES } from './media-type.ts';

/** Largest group, in bytes. */
export const GROUP_MAX_BYTES = 256 * 1024;

const INLINE_BUDGET_BYTES = 160 * 1024;

/** Most pieces of evidence an artifact may carry. */
export const EVIDENCE_MAX_COUNT = 64;

/**
 * OCI index that holds an artifact together with its evidence, so that whoever copies one copies both. The first manifest
 * is the artifact's, the others are evidence.
 */
const GroupIndex = z.strictObject({
  schemaVersion: z.literal(2),
  mediaType: z.literal(MEDIA_TYPES.imageIndex),
  artifactType: z.literal(MEDIA_TYPES.artifact),
  manifests: z
    .array(Descriptor)
    .min(1)
    .max(1 + EVIDENCE_MAX_COUNT),
});

/** An artifact's manifest and its evidence manifests. */
export interface Group {
  readonly artifact: Descriptor;
  readonly evidence: readonly Descriptor[];
}

/**
 * The canonical bytes of a group; evidence in order of digest, so that equal groups have one digest. What its descriptors
 * carry inline stays inside as long as the group stays small: the artifact first, then evidence in that order.
 */
export function encodeGroup({ artifact, evidence }: Group): Uint8Array {
  const unique = new Map(evidence.map((descriptor) => [descriptor.digest, descriptor]));
  if (unique.size > EVIDENCE_MAX_COUNT) {
    throw new GreenticError('input/too-large', `An artifact carries at most ${EVIDENCE_MAX_COUNT} pieces of evidence.`);
  }
  const sorted = [...unique.values()].toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  const index: z.infer<typeof GroupIndex> = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.imageIndex,
    artifactType: MEDIA_TYPES.artifact,
    manifests: withinBudget([artifact, ...sorted]),
  };
  return Buffer.from(canonicalize(index));
}

function withinBudget(manifests: readonly Descriptor[]): Descriptor[] {
  let left = INLINE_BUDGET_BYTES;
  return manifests.map(({ data, ...bare }) => {
    if (data === undefined || data.length > left) return bare;
    left -= data.length;
    return { ...bare, data };
  });
}

/** Decodes a group. Throws `artifact/invalid`, also for members that are neither the artifact nor evidence. */
export function decodeGroup(bytes: Uint8Array): Group {
  const value = parseJson(bytes, { maxBytes: GROUP_MAX_BYTES, code: 'artifact/invalid' });
  const { manifests } = decode(GroupIndex, value, 'artifact/invalid', 'The group');
  const [artifact, ...evidence] = manifests as [Descriptor, ...Descriptor[]];
  const stray = evidence.find((descriptor) => descriptor.artifactType !== EVIDENCE_MEDIA_TYPE);
  if (stray !== undefined)
    throw new GreenticError('artifact/invalid', `The group holds ${stray.digest}, which is no evidence.`);
  return { artifact, evidence };
}
