import { type Digest, type EnvironmentName, encodeTrustRoot, type TrustRoot } from '@greentic/core';
import { assertSuccession, type RootSignature } from '@greentic/registry';
import type { Decision, Snapshot } from '../decision.ts';

/** A trust root that is to be in force, and who of its owners signed it. */
export interface NewTrustRoot {
  readonly root: TrustRoot;
  /** Digest of the one it was made to follow, where that is known. */
  readonly previous?: Digest | undefined;
  readonly signatures?: readonly RootSignature[];
}

/**
 * Puts a trust root in force: the first, or the one that follows the present one. Throws as `assertSuccession` does: for another
 * environment, another version than the next, one whose time is over, and one that too few owners signed.
 */
export function setTrustRoot(
  { environment, trustRoot: former }: Snapshot,
  change: NewTrustRoot,
  now: Date,
): Decision<{ version: number; digest: Digest; signedBy: string[] }> {
  const { root } = change;
  const name = environment.name as EnvironmentName;
  const signedBy = assertSuccession({ ...change, environment: name, former, now });
  const { digest } = encodeTrustRoot(root);
  const { version } = root;
  const reference = { ...environment.trustRoot, version, digest };
  return {
    environment: { ...environment, trustRoot: reference },
    trustRoot: root,
    result: { version, digest, signedBy },
  };
}
