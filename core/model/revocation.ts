import * as z from 'zod';
import { Digest } from '../digest.ts';
import { ArtifactName, Instant, Label, Version } from './name.ts';
import { plainText } from './text.ts';

/** How bad it would be to go on with what was revoked. */
export const Severity = z.enum(['low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;

/** A version that its registry withdrew. It goes by its digest: what is published anew is another thing. */
export const Revocation = z.strictObject({
  name: ArtifactName,
  version: Version,
  digest: Digest,
  severity: Severity,
  reason: plainText(1, 512),
  since: Instant,
  /** What to use instead. */
  successor: z.strictObject({ name: ArtifactName, version: Version.exactOptional() }).exactOptional(),
});
export type Revocation = z.infer<typeof Revocation>;

/** A revocation as an environment keeps it: with the registry, as its trust root calls it, that said so. */
export const RecordedRevocation = Revocation.extend({ registry: Label });

/** An operator's word that something revoked may run here for a while longer. */
export const RevocationOverride = z.strictObject({
  digest: Digest,
  reason: plainText(1, 512),
  /** Who said so. */
  by: plainText(1, 256),
  until: Instant,
});
export type RevocationOverride = z.infer<typeof RevocationOverride>;

/** The revocation that stops a digest at a time; undefined when there is none, or while it is overridden. */
export function revocationOf(
  digest: Digest,
  revocations: readonly Revocation[] = [],
  overrides: readonly RevocationOverride[] = [],
  now: Date,
): Revocation | undefined {
  const spared = overrides.some((each) => each.digest === digest && Date.parse(each.until) > now.getTime());
  return spared ? undefined : revocations.find((each) => each.digest === digest);
}
