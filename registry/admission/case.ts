import type { ArtifactPin, Revocation, RevocationOverride, Slot, TrustRoot } from '@greentic/core';
import type { IndexProvenance } from '../tuf/trusted-index.ts';
import type { Deprecation, VersionEntry } from '../tuf/versions-document.ts';
import type { Strength } from './strength.ts';

/** Which index vouched for a version. */
export interface IndexFacts extends IndexProvenance {
  /** The registry's name in the trust root. */
  readonly registry: string;
  /** When the version was published, as its publisher says. */
  readonly publishedAt?: string;
  /** The channels that name the version. */
  readonly channels?: readonly string[];
}

/** What the publisher says of the version by now. */
export interface Offer {
  readonly yanked?: NonNullable<VersionEntry['yanked']>;
  readonly deprecated?: Deprecation;
}

/** Everything admission looks at. */
export interface AdmissionCase {
  readonly artifact: ArtifactPin;
  /** The slot the artifact is made for, or `bundle`. */
  readonly kind: Slot | 'bundle';
  readonly contract?: number | undefined;
  /** What the operator wants it for. */
  readonly expectedKind: Slot | 'bundle';
  /** Sigstore bundles. */
  readonly evidence: readonly Uint8Array[];
  readonly trustRoot: TrustRoot;
  /** The index that vouched for the version; left out when it is opened from a lock, which has recorded that index. */
  readonly index?: IndexFacts;
  /** When an index vouched for what is opened from a lock. */
  readonly vouchedAt?: string;
  /** The strongest evidence the environment has locked under this name. */
  readonly former?: Strength;
  /** Left out when it is opened from a lock: who has a version keeps it. */
  readonly offer?: Offer;
  /** What registries withdrew, as far as it is known here. */
  readonly revocations?: readonly Revocation[];
  /** What the operator runs all the same, for a while. */
  readonly overrides?: readonly RevocationOverride[];
  readonly now: Date;
}
