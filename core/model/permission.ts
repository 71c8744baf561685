import * as z from 'zod';
import { Label } from './name.ts';
import { plainText } from './text.ts';

/** `https://host[:port]`; plain http only towards this machine. No path, query, user or trailing slash. */
export const Origin = z
  .string()
  .max(262)
  .refine(isOrigin, 'must be https://host[:port], or http:// on a loopback host');

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  // The parser lets characters pass in a host that no name has; a star there would look like a pattern, and is none.
  const named = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])$/.test(url.hostname);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return named && url.origin === value && (url.protocol === 'https:' || (url.protocol === 'http:' && loopback));
}

const SEGMENT = "(?:[A-Za-z0-9._~!$&'()+,;=:@%-]+|\\*{1,2})";

/** Path pattern of a request: literal segments, `*` for one segment, a final `**` for the rest. */
export const PathPattern = z
  .string()
  .max(256)
  .regex(new RegExp(`^/(?:${SEGMENT}(?:/${SEGMENT})*)?$`), 'must be /, or segments each after one slash');

const Method = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const asked = { reason: plainText(10, 300), optional: z.boolean().default(false) };

const HttpRequest = z.strictObject({
  kind: z.literal('http'),
  binding: Label,
  /** Literal origins, or the id of the question whose answer is the origin. */
  origins: z.array(Origin).max(16).default([]),
  originFrom: Label.exactOptional(),
  methods: z.array(Method).min(1),
  paths: z.array(PathPattern).min(1).max(64),
  ...asked,
});
const SecretRequest = z.strictObject({
  kind: z.literal('secret'),
  binding: Label,
  /** `use`: a placeholder the broker fills in on the way out; `value`: the value itself, secrets packs only. */
  access: z.enum(['use', 'value']),
  /** The http binding whose requests may carry the secret; required for `use`. */
  towards: Label.exactOptional(),
  ...asked,
});
const KvRequest = z.strictObject({
  kind: z.literal('kv'),
  binding: Label,
  quotaBytes: z
    .int()
    .min(1024)
    .max(2 ** 34),
  ...asked,
});
const SealRequest = z.strictObject({ kind: z.literal('seal'), binding: Label, ...asked });
const WorkersRequest = z.strictObject({ kind: z.literal('workers'), ...asked });
const LogRequest = z.strictObject({ kind: z.literal('log'), ...asked });

/**
 * One thing a pack asks for in `pack.json`, with the reason shown to the operator.
 * `http` sends requests; `secret` uses or reads a secret; `kv` keeps durable entries of its own; `seal` wraps data keys
 * under a key the pack never sees; `workers` runs bundle processes; `log` writes lines to the host's output.
 */
export const PermissionRequest = z.discriminatedUnion('kind', [
  HttpRequest,
  SecretRequest,
  KvRequest,
  SealRequest,
  WorkersRequest,
  LogRequest,
]);
export type PermissionRequest = z.infer<typeof PermissionRequest>;

/** One permission as an operator granted it: every value literal, never wider than what the pack asks. */
export const Grant = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    binding: Label,
    origins: z.array(Origin).min(1).max(16),
    methods: z.array(Method).min(1),
    paths: z.array(PathPattern).min(1).max(64),
  }),
  z.strictObject({
    kind: z.literal('secret'),
    binding: Label,
    access: z.enum(['use', 'value']),
    towards: Label.exactOptional(),
    /** Name of the secret in the environment's secrets slot. */
    secret: z.string().max(256),
  }),
  z.strictObject({
    kind: z.literal('kv'),
    binding: Label,
    quotaBytes: z
      .int()
      .min(1024)
      .max(2 ** 34),
  }),
  z.strictObject({ kind: z.literal('seal'), binding: Label }),
  z.strictObject({ kind: z.literal('workers') }),
  z.strictObject({ kind: z.literal('log') }),
]);
export type Grant = z.infer<typeof Grant>;

/** The identity of a permission inside its pack: `kv:secrets`, `log`. */
export function permissionKey(permission: PermissionRequest | Grant): string {
  return 'binding' in permission ? `${permission.kind}:${permission.binding}` : permission.kind;
}
