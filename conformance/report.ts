import { ArtifactName, Digest, Instant, Label, Slot, Version } from '@greentic/core';
import * as z from 'zod';
import kitPackage from './package.json' with { type: 'json' };

/** Version of the kit. */
export const KIT_VERSION = Version.parse(kitPackage.version);

/** Largest report, in bytes. */
export const REPORT_MAX_BYTES = 1024 * 1024;

/**
 * What became of one check. `fail`: the pack is not as it should be. `error`: the kit broke. `inconclusive`: too little was
 * seen. `unsupported`: the pack does not declare the feature. `skipped`: whoever ran the kit left it out.
 */
export const CheckResult = z.enum(['pass', 'fail', 'error', 'inconclusive', 'unsupported', 'skipped']);
export type CheckResult = z.infer<typeof CheckResult>;

/** What all checks together say. Only `conformant` is a pass. */
export const KitResult = z.enum(['conformant', 'failed', 'incomplete']);
export type KitResult = z.infer<typeof KitResult>;

/** One check as it ran. Times are milliseconds. */
export const CheckOutcome = z.strictObject({
  id: z.string().regex(/^[A-Z]{3}-[0-9]{2}$/),
  rev: z.int().min(1),
  result: CheckResult,
  observations: z.int().min(0),
  minObservations: z.int().min(1),
  ms: z.int().min(0),
  message: z.string().max(4000).exactOptional(),
  hint: z.string().max(1000).exactOptional(),
  /** The clause of the contract, for a check that did not pass. */
  clause: z.string().max(1000).exactOptional(),
});
export type CheckOutcome = z.infer<typeof CheckOutcome>;

const counts = z.strictObject({
  pass: z.int().min(0),
  fail: z.int().min(0),
  error: z.int().min(0),
  inconclusive: z.int().min(0),
  unsupported: z.int().min(0),
  skipped: z.int().min(0),
});

/** The checks of one level together. */
export const ProfileOutcome = z.strictObject({
  name: z.enum(['core', 'extended', 'adversarial']),
  result: KitResult,
  counts,
});
export type ProfileOutcome = z.infer<typeof ProfileOutcome>;

/** What the kit found out about one pack: for machines, and for whoever asks why. */
export const ConformanceReport = z.strictObject({
  schema: z.literal('greentic.conformance-report/1'),
  kit: z.strictObject({
    version: Version,
    /** Digest over ids and revisions of the checks for the slot: equal lists ask the same. */
    checksDigest: Digest,
  }),
  pack: z.strictObject({
    name: ArtifactName,
    version: Version,
    slot: Slot,
    contract: z.int().min(1),
    digest: Digest,
    features: z.array(Label).max(32),
  }),
  host: z.strictObject({ os: z.string(), arch: z.string(), node: z.string(), cpus: z.int().min(1) }),
  /** Repeats the run when given to the kit. */
  seed: z.string().min(1).max(64),
  startedAt: Instant,
  durationMs: z.int().min(0),
  profiles: z.array(ProfileOutcome).max(3),
  checks: z.array(CheckOutcome).max(500),
  result: KitResult,
});
export type ConformanceReport = z.infer<typeof ConformanceReport>;
