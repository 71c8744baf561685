import {
  ArtifactName,
  canonicalize,
  Digest,
  decode,
  GreenticError,
  Instant,
  parseJson,
  plainText,
  Slot,
  Version,
} from '@greentic/core';
import semver from 'semver';
import * as z from 'zod';
import { Channel } from './channel.ts';

/** Largest versions document, in bytes. */
export const DOCUMENT_MAX_BYTES = 2 ** 20;

/** One published version of an artifact. */
export const VersionEntry = z.strictObject({
  version: Version,
  /** Identity: digest of the image manifest. */
  digest: Digest,
  /** Bytes of the image manifest. */
  size: z.int().min(1),
  /** The group that holds the artifact and its evidence; evidence that comes later makes a new one. */
  group: Digest,
  groupSize: z.int().min(1),
  kind: z.enum(['bundle', ...Slot.options]),
  /** Version of the slot contract; a bundle has none. */
  contract: z.int().min(1).exactOptional(),
  /** When it was published, as its publisher says; older documents do not say. */
  publishedAt: Instant.exactOptional(),
  /** Its publisher took it back: nobody gets it any more who does not have it. */
  yanked: z.strictObject({ at: Instant, reason: plainText(1, 512) }).exactOptional(),
});
export type VersionEntry = z.infer<typeof VersionEntry>;

/** Why a name should not be used any more, and what to use instead. */
export const Deprecation = z.strictObject({ reason: plainText(1, 512), successor: ArtifactName.exactOptional() });
export type Deprecation = z.infer<typeof Deprecation>;

/** Every published version of one artifact, oldest first, and its channels: what the index knows of a name. */
export const VersionsDocument = z
  .strictObject({
    schema: z.literal('greentic.versions/1'),
    name: ArtifactName,
    versions: z
      .array(VersionEntry)
      .max(2000)
      .refine((all) => new Set(all.map((entry) => entry.version)).size === all.length, 'must name each version once'),
    /** The version each open channel names. */
    channels: z.record(Channel, Version).exactOptional(),
    deprecated: Deprecation.exactOptional(),
  })
  .refine(
    ({ channels = {}, versions }) => {
      const published = new Set<string>(versions.map(({ version }) => version));
      return Object.values(channels).every((version) => published.has(version));
    },
    { path: ['channels'], message: 'must name published versions' },
  );
export type VersionsDocument = z.infer<typeof VersionsDocument>;

/** The canonical bytes of a versions document, in order of precedence (semver.org §11). */
export function encodeVersions(document: VersionsDocument): Uint8Array {
  const versions = document.versions.toSorted((a, b) => semver.compare(a.version, b.version));
  return Buffer.from(canonicalize({ ...document, versions }));
}

/** Decodes a versions document. Throws `index/invalid`, also when it is about another name. */
export function decodeVersions(bytes: Uint8Array, name: ArtifactName): VersionsDocument {
  const value = parseJson(bytes, { maxBytes: DOCUMENT_MAX_BYTES, code: 'index/invalid' });
  const document = decode(VersionsDocument, value, 'index/invalid', `The versions document of ${name}`);
  if (document.name === name) return document;
  throw new GreenticError('index/invalid', `The versions document of ${name} is about ${document.name}.`);
}
