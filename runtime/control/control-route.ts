import { Digest, RevisionId, type Workers } from '@greentic/core';
import * as z from 'zod';
import { WorkerSpec } from '../supervisor/wanted-workers.ts';

/** Largest body either way, in bytes. */
export const CONTROL_MAX_BYTES = 2 ** 20;

const revision = z.strictObject({ revision: RevisionId });

/** Order to serve at least this generation of the environment. */
export const ReloadOrder = z.strictObject({ generation: z.int().min(1) });
export type ReloadOrder = z.infer<typeof ReloadOrder>;

/** What the router serves now. */
export const Reloaded = z.strictObject({ generation: z.int().min(1) });

/** Order to look who answers at an endpoint. */
export const WitnessOrder = z.strictObject({
  revision: RevisionId,
  bundleDigest: Digest,
  endpoint: z.string().max(300),
});
export type WitnessOrder = z.infer<typeof WitnessOrder>;

/** Orders to the workers, by the name of the port's method. */
export const WorkerOrder = {
  define: WorkerSpec,
  start: revision,
  stop: revision,
  remove: revision,
  list: z.strictObject({}),
} as const satisfies Record<keyof Workers, z.ZodType>;

/** What the port's methods give. */
export const WorkerResult = {
  define: z.strictObject({}),
  start: z.strictObject({}),
  stop: z.strictObject({}),
  remove: z.strictObject({}),
  list: z.strictObject({ workers: z.array(z.lazy(() => WorkerStatus)).max(10_000) }),
} as const satisfies Record<keyof Workers, z.ZodType>;

const WorkerStatus = z.strictObject({
  revision: z.string(),
  bundleDigest: z.string(),
  phase: z.enum(['defined', 'starting', 'running', 'stopping', 'failed']),
  endpoint: z.string().nullable(),
  starts: z.int().min(0),
  message: z.string(),
});

/** What the process that serves an environment shows of itself; whoever serves may add to it. */
export const ServeStatus = z.looseObject({
  environment: z.string(),
  pid: z.int(),
  startedAt: z.string(),
  /** Generation the router serves; null while it has none. */
  generation: z.int().min(1).nullable(),
  /** Where the router listens: `http://host:port`; null while it does not. */
  listen: z.string().nullable(),
  workers: z.array(WorkerStatus),
});
export type ServeStatus = z.infer<typeof ServeStatus>;
