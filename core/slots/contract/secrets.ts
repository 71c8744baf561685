import * as z from 'zod';
import type { Secrets } from '../secrets.ts';
import { base64Of, type ContractOf, Tenant } from './method.ts';

/** Largest secret, in bytes. */
export const SECRET_MAX_BYTES = 64 * 1024;

/** Name of a secret: 1 to 8 segments, none of them a step up. */
export const SecretPath = z
  .string()
  .max(256)
  .regex(
    /^(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]{1,64}(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]{1,64}){0,7}$/,
    'must be segments of letters, digits, dots, dashes and underscores, joined by slashes',
  );

const name = { tenant: Tenant, name: SecretPath };
const value = base64Of(SECRET_MAX_BYTES);
const version = z.int().min(1);

/** Secrets contract, version 1. */
export const secrets = {
  get: {
    input: z.strictObject(name),
    output: z.strictObject({ value, version }),
    errors: ['secret/not-found', 'secret/integrity'],
  },
  put: {
    input: z.strictObject({ ...name, value, ifVersion: z.int().min(0).exactOptional() }),
    output: z.strictObject({ version }),
    errors: ['secret/version-conflict', 'kv/quota'],
  },
  delete: {
    input: z.strictObject(name),
    output: z.strictObject({ deleted: z.boolean() }),
    errors: [],
  },
  list: {
    input: z.strictObject({ tenant: Tenant, after: SecretPath.exactOptional(), limit: z.int().min(1).max(1000) }),
    output: z.strictObject({ names: z.array(SecretPath).max(1000), next: SecretPath.nullable() }),
    errors: [],
  },
} as const satisfies ContractOf<Secrets>;
