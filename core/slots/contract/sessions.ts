import * as z from 'zod';
import { DeploymentId, RevisionId } from '../../model/name.ts';
import type { Sessions } from '../sessions.ts';
import { type ContractOf, utf8Text } from './method.ts';

const deployment: z.ZodType<string> = DeploymentId;
const revision: z.ZodType<string> = RevisionId;
const key = { deployment, session: utf8Text(256, 1) };
const ttlSeconds = z
  .int()
  .min(1)
  .max(31 * 24 * 3600);

/** Sessions contract, version 1. */
export const sessions = {
  pin: {
    input: z.strictObject({ ...key, revision, ttlSeconds }),
    output: z.strictObject({ revision, pinned: z.boolean() }),
    errors: ['sessions/full'],
  },
  lookup: {
    input: z.strictObject(key),
    output: z.strictObject({ revision: revision.nullable() }),
    errors: [],
  },
  extend: {
    input: z.strictObject({ ...key, ttlSeconds }),
    output: z.strictObject({ extended: z.boolean() }),
    errors: [],
  },
  release: {
    input: z.strictObject(key),
    output: z.strictObject({ released: z.boolean() }),
    errors: [],
  },
  count: {
    input: z.strictObject({ deployment, revision: z.exactOptional(revision) }),
    output: z.strictObject({ count: z.int().min(0) }),
    errors: [],
  },
} as const satisfies ContractOf<Sessions>;
