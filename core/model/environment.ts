import * as z from 'zod';
import { Digest } from '../digest.ts';
import { DeploymentId, EnvironmentName, Instant, Label, Slot } from './name.ts';
import { Grant } from './permission.ts';
import { Answers } from './question.ts';
import { ArtifactPin, Revision } from './revision.ts';
import { RecordedRevocation, RevocationOverride } from './revocation.ts';
import { TrafficSplit } from './traffic-split.ts';

/** The pack that fills a slot, with what the operator granted and answered. */
export const SlotBinding = z.looseObject({
  slot: Slot,
  pack: ArtifactPin,
  /** Grows by one with each change of the slot. */
  generation: z.int().min(1),
  grants: z.array(Grant),
  answers: Answers,
  boundAt: Instant,
  /** What filled the slot before, to go back to. */
  former: z.looseObject({ pack: ArtifactPin, grants: z.array(Grant), answers: Answers }).exactOptional(),
});
export type SlotBinding = z.infer<typeof SlotBinding>;

/** Where requests for a deployment come in. Empty hosts match any host. */
export const Route = z.looseObject({
  hosts: z.array(z.string().max(253)).max(16).default([]),
  pathPrefix: z
    .string()
    .max(256)
    .regex(/^\/(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*)?$/)
    .default('/'),
});
export type Route = z.infer<typeof Route>;

/** One customer's copy of a bundle in an environment. */
export const Deployment = z.looseObject({
  id: DeploymentId,
  bundle: Label,
  customer: Label,
  route: Route,
  /** The sequence the next revision gets. */
  nextSequence: z.int().min(1),
  createdAt: Instant,
});
export type Deployment = z.infer<typeof Deployment>;

/** An environment: the place workers run, whole, in one document. Unknown fields survive a rewrite. */
export const Environment = z.looseObject({
  schema: z.literal('greentic.environment/1'),
  name: EnvironmentName,
  /** Grows by one with each committed change. */
  generation: z.int().min(1),
  createdAt: Instant,
  /** Where `gtc serve` listens. */
  listen: z.looseObject({ host: z.string(), port: z.int().min(0).max(65_535) }),
  /** The trust root in force, by digest of its canonical bytes. */
  trustRoot: z.looseObject({ version: z.int().min(1), digest: Digest }).exactOptional(),
  /** The lock file in force, by digest of its canonical bytes. */
  lock: z.looseObject({ digest: Digest }).exactOptional(),
  bindings: z.array(SlotBinding).max(5),
  deployments: z.array(Deployment),
  revisions: z.array(Revision),
  splits: z.array(TrafficSplit),
  /** What registries withdrew of what is here. */
  revocations: z.array(RecordedRevocation).max(512).exactOptional(),
  overrides: z.array(RevocationOverride).max(64).exactOptional(),
});
export type Environment = z.infer<typeof Environment>;
