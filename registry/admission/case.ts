import type { ArtifactPin, Slot, TrustRoot } from '@greentic/core';
import type { IndexProvenance } from '../tuf/trusted-index.ts';

/** Which index vouched for a version. */
export interface IndexFacts extends IndexProvenance {
  /** The registry's name in the trust root. */
  readonly registry: string;
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
  readonly now: Date;
}
