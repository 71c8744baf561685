import * as z from 'zod';
import { Digest } from '../../digest.ts';
import { ArtifactName, DeploymentId, EnvironmentName, Label, RevisionId, Version } from '../../model/name.ts';
import type { Deployer, ObservedRevision, RevisionSpec } from '../deployer.ts';
import { type ContractOf, Nothing } from './method.ts';

const environment: z.ZodType<string> = EnvironmentName;
const revision: z.ZodType<string> = RevisionId;
const ref = z.strictObject({ environment, revision });

const Spec: z.ZodType<RevisionSpec> = z.strictObject({
  environment,
  revision,
  deployment: DeploymentId,
  customer: Label,
  bundle: z.strictObject({ name: ArtifactName, version: Version, digest: Digest }),
});

const Observed: z.ZodType<ObservedRevision> = z.strictObject({
  revision,
  phase: z.enum(['absent', 'staged', 'starting', 'ready', 'draining', 'failed']),
  endpoint: z.string().max(512).nullable(),
  message: z.string().max(2000),
});

const shares = z
  .array(z.strictObject({ revision, weightBps: z.int().min(0).max(10_000) }))
  .min(1)
  .max(64)
  .refine(
    (entries) => new Set(entries.map((entry) => entry.revision)).size === entries.length,
    'must name each revision once',
  )
  .refine((entries) => entries.reduce((sum, entry) => sum + entry.weightBps, 0) === 10_000, 'must add up to 10000');

/** Deployer contract, version 1. */
export const deployer = {
  stage: { input: z.strictObject({ revision: Spec }), output: Nothing, errors: ['deploy/revision-conflict'] },
  warm: { input: ref, output: Nothing, errors: ['deploy/revision-unknown'] },
  observe: {
    input: z.strictObject({ environment, revisions: z.array(revision).min(1).max(256) }),
    output: z.strictObject({ revisions: z.array(Observed).max(256) }),
    errors: [],
  },
  drain: { input: ref, output: Nothing, errors: ['deploy/revision-unknown'] },
  archive: { input: ref, output: Nothing, errors: [] },
  applySplit: {
    input: z.strictObject({ environment, deployment: DeploymentId, entries: shares }),
    output: Nothing,
    errors: ['deploy/revision-unknown', 'deploy/not-ready', 'deploy/split-invalid'],
  },
  destroy: { input: z.strictObject({ environment }), output: Nothing, errors: [] },
} as const satisfies ContractOf<Deployer>;
