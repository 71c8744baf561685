import * as z from 'zod';
import { Label } from '../model/name.ts';

const hours = z.int().min(1).max(9000);
const channel = z.string().regex(/^[a-z0-9.-]{1,32}\/[a-z]{1,16}$/, 'must be <track>/<risk>');
const signers = z.int().min(1).max(64).exactOptional();

/** Levels of conformance, each with those before it. */
export const LEVELS = ['core', 'extended', 'adversarial'] as const;

/** What an environment asks of what it admits, beyond sound signatures. What is left out is not asked. */
export const Policy = z.strictObject({
  /** The only namespaces whose artifacts are admitted; those that have publishers when left out. */
  namespaces: z.array(Label).max(256).exactOptional(),
  /** The channels, `<track>/<risk>`, one of which has to name the version. */
  channels: z.array(channel).max(64).exactOptional(),
  minimumLevel: z.enum(LEVELS).exactOptional(),
  /** How many distinct signers there have to be of each kind of evidence. */
  requiredEvidence: z
    .strictObject({ publish: signers, conformance: signers, provenance: signers, sbom: signers, approval: signers })
    .exactOptional(),
  /** Hours since a version was published before it is admitted. */
  coolDown: hours.exactOptional(),
  /** Whether a version with weaker evidence than its name had here before is refused. */
  noDowngrade: z.boolean().exactOptional(),
  /** Hours after its registry vouched for it that a locked artifact may still be opened. */
  maxAge: hours.exactOptional(),
});
export type Policy = z.infer<typeof Policy>;
