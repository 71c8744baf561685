import * as z from 'zod';
import type { State } from '../state.ts';
import { type ContractOf, Tenant, utf8Text } from './method.ts';

const key = utf8Text(1024, 1);
const value = utf8Text(256 * 1024);
const revision = z.int().min(1);
const ifRevision = z.int().min(0).exactOptional();
const limit = z.int().min(1).max(1000);

/** State contract, version 1. */
export const state = {
  get: {
    input: z.strictObject({ tenant: Tenant, key }),
    output: z.strictObject({ entry: z.strictObject({ value, revision }).nullable() }),
    errors: [],
  },
  put: {
    input: z.strictObject({ tenant: Tenant, key, value, ifRevision }),
    output: z.strictObject({ revision }),
    errors: ['state/conflict', 'kv/quota'],
  },
  delete: {
    input: z.strictObject({ tenant: Tenant, key, ifRevision }),
    output: z.strictObject({ deleted: z.boolean() }),
    errors: ['state/conflict'],
  },
  list: {
    input: z.strictObject({ tenant: Tenant, prefix: utf8Text(1024), after: key.exactOptional(), limit }),
    output: z.strictObject({ keys: z.array(key).max(1000), next: key.nullable() }),
    errors: [],
  },
} as const satisfies ContractOf<State>;
