import { type ErrorCode, Label } from '@greentic/core';
import * as z from 'zod';

/** Version of the TUF specification that the metadata follows. */
export const SPEC_VERSION = '1.0.31';

/** The four roles every index has: https://theupdateframework.github.io/specification/v1.0.31/#roles-and-pki */
export const TOP_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TopRole = (typeof TOP_ROLES)[number];

/** Largest metadata file of each role, in bytes; a delegated role counts as `targets`. */
export const METADATA_MAX_BYTES: Readonly<Record<TopRole, number>> = {
  root: 512_000,
  targets: 5_000_000,
  snapshot: 2_000_000,
  timestamp: 16_384,
};

/** Largest version of a metadata file: whoever counts up to it is not counting. */
export const VERSION_MAX = 2 ** 31 - 1;

/** What every complaint about the index is, unless it is known more exactly. */
export const INDEX_INVALID: ErrorCode = 'index/invalid';

const hex256 = z.string().regex(/^[0-9a-f]{64}$/);
const version = z.int().min(1).max(VERSION_MAX);
const head = {
  // Clients take every version of the specification with their own major number (§5.3.4).
  spec_version: z.string().regex(/^1\.\d{1,4}(?:\.\d{1,4})?$/),
  version,
  expires: z.iso.datetime({ precision: 0 }),
};
const fileFacts = { length: z.int().min(0), hashes: z.looseObject({ sha256: hex256 }) };
const role = {
  keyids: z
    .array(hex256)
    .min(1)
    .max(64)
    .refine((ids) => new Set(ids).size === ids.length, 'must name each key once'),
  threshold: z.int().min(1).max(64),
};

/** A public key as TUF writes it. Fields that nobody here knows count in its id. */
export const TufKey = z.looseObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.looseObject({ public: hex256 }),
});
export type TufKey = z.infer<typeof TufKey>;

/** Keys by their ids. */
export const TufKeys = z.record(hex256, TufKey);
export type TufKeys = z.infer<typeof TufKeys>;

/** For how many whole days metadata of each role holds when it is signed. */
export const Expiry = z.looseObject({
  root: z.int().min(1).max(3650),
  targets: z.int().min(1).max(3650),
  snapshot: z.int().min(1).max(3650),
  timestamp: z.int().min(1).max(3650),
});
export type Expiry = Readonly<Record<TopRole, number>>;

/** Which keys speak for a role, and how many of them have to. */
export const RoleEntry = z.looseObject(role);
export type RoleEntry = z.infer<typeof RoleEntry>;

/**
 * Which keys speak for each role. Here as in every role, fields that nobody knows are signed with the rest, and stay when it is
 * signed anew (TUF §4).
 */
export const RootRole = z.looseObject({
  _type: z.literal('root'),
  ...head,
  consistent_snapshot: z.literal(true),
  keys: TufKeys,
  roles: z.looseObject({ root: RoleEntry, targets: RoleEntry, snapshot: RoleEntry, timestamp: RoleEntry }),
  /** Ours: what the owner chose, signed with the rest, so that nobody has an online key sign for longer. */
  expiry_days: Expiry.exactOptional(),
});
export type RootRole = z.infer<typeof RootRole>;

const BIN_NAME = /^namespaces_[01][0-9a-f]$/;

/** Whether a delegation is to a bin; a namespace is never called like one. */
export function isBin({ name }: { name: string }): boolean {
  return BIN_NAME.test(name);
}

/** Who may publish in one namespace; or a bin, which delegates some namespaces because there are too many for one role. */
export const Delegation = z
  .looseObject({
    name: z.string().max(40),
    ...role,
    terminating: z.literal(true),
    paths: z.array(z.string().max(128)).min(1).max(4096),
  })
  .refine(
    ({ name, paths }) => BIN_NAME.test(name) || (Label.safeParse(name).success && paths.join() === `${name}/*`),
    'must be of a namespace, and cover exactly that',
  );
export type Delegation = z.infer<typeof Delegation>;

/** The bins that a namespace's names are in (TAP 15). */
export const SuccinctRoles = z.looseObject({
  ...role,
  bit_length: z.literal(5),
  name_prefix: z.string().regex(/^[a-z][a-z0-9-]*\.names$/),
});
export type SuccinctRoles = z.infer<typeof SuccinctRoles>;

/** Targets by path, and delegations: of namespaces at the top and in its bins, of a namespace's names to bins of its own. */
export const TargetsRole = z.looseObject({
  _type: z.literal('targets'),
  ...head,
  targets: z.record(z.string().max(256), z.looseObject(fileFacts)),
  delegations: z
    .looseObject({
      keys: TufKeys,
      roles: z.array(Delegation).exactOptional(),
      succinct_roles: SuccinctRoles.exactOptional(),
    })
    .refine((all) => (all.roles === undefined) !== (all.succinct_roles === undefined), 'must be of one kind')
    .exactOptional(),
});
export type TargetsRole = z.infer<typeof TargetsRole>;

const MetaFacts = z.looseObject({ version, ...fileFacts });
export type MetaFacts = z.infer<typeof MetaFacts>;

/** The version of each targets role that belongs together. */
export const SnapshotRole = z.looseObject({
  _type: z.literal('snapshot'),
  ...head,
  meta: z.record(z.string().max(64), MetaFacts),
});
export type SnapshotRole = z.infer<typeof SnapshotRole>;

/** The newest snapshot. */
export const TimestampRole = z.looseObject({
  _type: z.literal('timestamp'),
  ...head,
  meta: z.strictObject({ 'snapshot.json': MetaFacts }),
});
export type TimestampRole = z.infer<typeof TimestampRole>;

/** The signed part of any metadata file. */
export type SignedRole = RootRole | TargetsRole | SnapshotRole | TimestampRole;

/** Signatures of a metadata file; those of keys nobody asked for are passed over. */
export const Signatures = z
  .array(z.looseObject({ keyid: hex256, sig: z.string().regex(/^(?:[0-9a-f]{2}){1,512}$/) }))
  .max(64)
  .refine((all) => new Set(all.map(({ keyid }) => keyid)).size === all.length, 'must name each key once');
export type Signatures = z.infer<typeof Signatures>;
