import { GreenticError, type Revocation, type RevocationOverride, type TrustRoot } from '@greentic/core';
import { readmit } from '../admission/admission.ts';
import { assertAdmitted, type Decision } from '../admission/decision.ts';
import { assertPinned, type BlobPin } from '../artifact/descriptor.ts';
import { decodePackImage } from '../artifact/pack-image.ts';
import { type VerifiedArtifact, verifyArtifact } from '../artifact/verified-artifact.ts';
import type { LockEntry } from './lock-file.ts';
import type { PackCache } from './pack-cache.ts';

/**
 * Opens a locked artifact from the cache alone, with zero requests: every digest, size and signature is checked again, and
 * every rule of admission that is not about the moment of its install, under the trust root as it is now. Throws `lock/uncached`,
 * `blob/digest-mismatch`, `blob/size-mismatch`, `lock/invalid`, and the code of the first rule that refuses.
 */
export async function openLocked(options: {
  entry: LockEntry;
  trustRoot: TrustRoot;
  cache: PackCache;
  now: Date;
  /** What is known to be withdrawn, and what of that is overridden. */
  revocations?: readonly Revocation[] | undefined;
  overrides?: readonly RevocationOverride[] | undefined;
}): Promise<{ artifact: VerifiedArtifact; decision: Decision }> {
  const { entry, trustRoot, cache, now, revocations = [], overrides = [] } = options;
  const read = (pin: BlobPin, what: string) => readCopy(cache, pin, `${what} of ${entry.name}@${entry.version}`);
  const [image, config, module, ...evidence] = await Promise.all([
    read(entry, 'the image manifest'),
    read(entry.config, 'the description'),
    read(entry.module, 'the module'),
    ...entry.evidence.map((pin) => read(pin, 'evidence')),
  ]);
  assertNamed(entry, image);
  const artifact = verifyArtifact({ ...entry, kind: entry.slot }, { image, config, module });
  const { name, version, digest } = artifact;
  const decision = readmit({
    artifact: { name, version, digest },
    kind: entry.slot,
    contract: entry.contract,
    expectedKind: entry.slot,
    evidence,
    trustRoot,
    vouchedAt: entry.decision.decidedAt,
    revocations,
    overrides,
    now,
  });
  assertAdmitted(decision);
  return { artifact, decision };
}

async function readCopy(cache: PackCache, pin: BlobPin, what: string): Promise<Uint8Array> {
  const bytes = await cache.get(pin.digest, pin.size);
  if (bytes === undefined)
    throw new GreenticError('lock/uncached', `The cache ${cache.folder} lacks ${what}, ${pin.digest}.`);
  return assertPinned(bytes, pin, what);
}

/** The lock and the image it locks must name the same parts: somebody who edits one has not edited the other. */
function assertNamed(entry: LockEntry, image: Uint8Array): void {
  const parts = decodePackImage(image);
  for (const part of ['config', 'module'] as const) {
    if (parts[part].digest === entry[part].digest && parts[part].size === entry[part].size) continue;
    throw new GreenticError(
      'lock/invalid',
      `The lock names another ${part} of ${entry.name} than its image manifest does.`,
    );
  }
}
