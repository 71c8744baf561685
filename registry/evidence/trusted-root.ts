import { GreenticError, type PinnedTrustedRoot } from '@greentic/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { type TrustMaterial, toTrustMaterial } from '@sigstore/verify';

const MEDIA_TYPES = [
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
];

/** What is in a pinned Sigstore trusted root. Throws `trust/root-invalid`. */
export function trustMaterialOf({ name, root }: Pick<PinnedTrustedRoot, 'name' | 'root'>): TrustMaterial {
  try {
    const parsed = TrustedRoot.fromJSON(root);
    if (!MEDIA_TYPES.includes(parsed.mediaType)) throw new Error(`its media type is ${parsed.mediaType.slice(0, 128)}`);
    if (parsed.certificateAuthorities.length === 0) throw new Error('it names no certificate authority');
    return toTrustMaterial(parsed, noKeys);
  } catch (error) {
    throw new GreenticError(
      'trust/root-invalid',
      `The trusted root ${name} is malformed: ${(error as Error).message}.`,
      {
        cause: error,
      },
    );
  }
}

/** Throws `trust/root-invalid` unless certificates can be checked against a trusted root. */
export function assertTrustedRoot(pinned: Pick<PinnedTrustedRoot, 'name' | 'root'>): void {
  trustMaterialOf(pinned);
}

/** Keys are believed by their own entries in an environment's trust root, never by a trusted root of Sigstore. */
function noKeys(): never {
  throw new Error('a trusted root has no keys');
}
