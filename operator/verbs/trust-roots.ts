import { assertFresh, type Digest, encodeTrustRoot, GreenticError, type TrustRoot } from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';

/**
 * Puts a trust root in force: the first, or the one that follows the present one. Throws `trust/root-invalid` when it is for
 * another environment or its version is not the next, and `trust/root-expired` when its time is over already.
 */
export function setTrustRoot(
  { environment, trustRoot }: Snapshot,
  { root }: { readonly root: TrustRoot },
  now: Date,
): Decision<{ version: number; digest: Digest }> {
  if (root.environment !== environment.name) {
    throw new GreenticError(
      'trust/root-invalid',
      `This trust root is for ${root.environment}, not for ${environment.name}.`,
    );
  }
  const version = (trustRoot?.version ?? 0) + 1;
  if (root.version !== version) {
    throw new GreenticError(
      'trust/root-invalid',
      `The next trust root is version ${version}; this one is version ${root.version}.`,
      {
        hint: 'Look at the trust root in force, apply the change to it, and add one to its version.',
        details: { expected: version, actual: root.version },
      },
    );
  }
  assertFresh(root, now);
  const { digest } = encodeTrustRoot(root);
  const reference = { ...environment.trustRoot, version, digest };
  return { environment: { ...environment, trustRoot: reference }, trustRoot: root, result: { version, digest } };
}
