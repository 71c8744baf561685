import { decode, GreenticError, parseJson } from '@greentic/core';
import * as z from 'zod';
import { assertPinned, type BlobPin, Descriptor } from '../artifact/descriptor.ts';
import { decodeGroup, GROUP_MAX_BYTES } from '../artifact/group.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { IMAGE_MAX_BYTES } from '../artifact/pack-image.ts';
import type { VersionEntry } from '../tuf/versions-document.ts';
import type { BlobSource } from './source.ts';

const Image = z.looseObject({ config: Descriptor, layers: z.array(Descriptor).max(8) });

/** A manifest of a version, with its bytes. */
export interface ClosureManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Everything a version consists of. */
export interface Closure {
  /** The group first, then the artifact, then its evidence. */
  readonly manifests: readonly [group: ClosureManifest, artifact: ClosureManifest, ...evidence: ClosureManifest[]];
  readonly blobs: readonly Descriptor[];
}

/** Walks from a group to every blob a version consists of; reads and checks the manifests, and of the blobs nothing. */
export async function closureOf(source: Pick<BlobSource, 'manifest'>, entry: VersionEntry): Promise<Closure> {
  const read = async (pin: BlobPin, maxBytes: number) => {
    if (pin.size > maxBytes)
      throw new GreenticError('artifact/invalid', `${pin.digest} is larger than ${maxBytes} bytes.`);
    return assertPinned(await source.manifest(pin.digest, pin.size), pin, `The manifest ${pin.digest}`);
  };
  const group = await read({ digest: entry.group, size: entry.groupSize }, GROUP_MAX_BYTES);
  const members = decodeGroup(group);
  const images: ClosureManifest[] = [];
  const blobs = new Map<string, Descriptor>();
  for (const descriptor of [members.artifact, ...members.evidence]) {
    const bytes = await read(descriptor, IMAGE_MAX_BYTES);
    images.push({ mediaType: descriptor.mediaType, bytes });
    const value = parseJson(bytes, { maxBytes: IMAGE_MAX_BYTES, code: 'artifact/invalid' });
    const { config, layers } = decode(Image, value, 'artifact/invalid', `The manifest ${descriptor.digest}`);
    for (const blob of [config, ...layers]) blobs.set(blob.digest, blob);
  }
  const [artifact, ...evidence] = images as [ClosureManifest, ...ClosureManifest[]];
  return {
    manifests: [{ mediaType: MEDIA_TYPES.imageIndex, bytes: group }, artifact, ...evidence],
    blobs: [...blobs.values()],
  };
}
