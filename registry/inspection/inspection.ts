import {
  type ArtifactName,
  type Digest,
  type ErrorCode,
  isGreenticError,
  kindOf,
  type Manifest,
  permissionKey,
  type Revocation,
  type Version,
} from '@greentic/core';
import type { BuiltArtifact } from '../artifact/built-artifact.ts';
import { pinOf } from '../artifact/descriptor.ts';
import { decodePackImage } from '../artifact/pack-image.ts';
import { permissionText } from '../catalogue/permission-text.ts';
import type { Believed } from '../evidence/verified-statement.ts';
import type { PublishedVersion } from '../publish/published-version.ts';
import { channelsOf } from '../source/resolve.ts';
import type { Deprecation, VersionEntry } from '../tuf/versions-document.ts';
import { describeEvidence, type EvidenceCard } from './evidence-card.ts';

/** Evidence that nobody can read. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly code: ErrorCode;
  readonly says: string;
  readonly digest: Digest;
  readonly size: number;
}

/** What a permission that a pack asks for means. */
export interface PermissionCard {
  readonly permission: string;
  /** In words. */
  readonly allows: string;
  /** Why, as the pack says. */
  readonly reason: string;
  readonly optional: boolean;
}

/** What an artifact is, before anybody installs it. */
export interface Inspection {
  readonly name: ArtifactName;
  readonly version: Version;
  readonly kind: string;
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly permissions: readonly PermissionCard[];
  /** Every blob it consists of. */
  readonly parts: readonly { readonly mediaType: string; readonly digest: Digest; readonly size: number }[];
}

/** What a registry offers, with everything that is said about it. */
export interface PublishedInspection extends Inspection {
  readonly publishedAt: string | null;
  readonly channels: readonly string[];
  readonly yanked: NonNullable<VersionEntry['yanked']> | null;
  readonly deprecated: Deprecation | null;
  readonly revoked: Pick<Revocation, 'severity' | 'reason'> | null;
  readonly evidence: readonly (EvidenceCard | Malformed)[];
}

/** Describes an artifact that is not published. */
export function inspectArtifact({
  name,
  version,
  digest,
  manifest,
  image,
}: Pick<BuiltArtifact, 'name' | 'version' | 'digest' | 'manifest' | 'image'>): Inspection {
  const { config, layers } = decodePackImage(image);
  const parts = [config, ...layers].map((part) => ({
    mediaType: part.mediaType,
    digest: part.digest,
    size: part.size,
  }));
  const asked = manifest.schema === 'greentic.pack/1' ? manifest.permissions : [];
  const permissions = asked.map((request) => ({
    permission: permissionKey(request),
    allows: permissionText(request),
    reason: request.reason,
    optional: request.optional,
  }));
  return { name, version, kind: kindOf(name), digest, manifest, permissions, parts };
}

/** Describes a published version. Signatures are checked against who is believed, and shown as not checked without. */
export function inspectPublished(
  { document, entry, artifact, evidence, revocations }: PublishedVersion,
  believed?: Believed,
): PublishedInspection {
  const revoked = revocations.find(({ digest }) => digest === entry.digest);
  return {
    ...inspectArtifact({ ...artifact, image: artifact.bytes.image }),
    publishedAt: entry.publishedAt ?? null,
    channels: channelsOf(document, entry),
    yanked: entry.yanked ?? null,
    deprecated: document.deprecated ?? null,
    revoked: revoked === undefined ? null : { severity: revoked.severity, reason: revoked.reason },
    evidence: evidence.map((bundle) => cardOf(bundle, believed)),
  };
}

function cardOf(bundle: Uint8Array, believed: Believed | undefined): EvidenceCard | Malformed {
  try {
    return describeEvidence(bundle, believed);
  } catch (error) {
    if (!isGreenticError(error)) throw error;
    return { kind: 'malformed', code: error.code, says: error.message, ...pinOf(bundle) };
  }
}
