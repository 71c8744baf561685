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

/** What every complaint about the index is, unless it is known more exactly. */
export const INDEX_INVALID: ErrorCode = 'index/invalid';

const hex256 = z.string().regex(/^[0-9a-f]{64}$/);
const head = {
  spec_version: z.literal(SPEC_VERSION),
  version: z.int().min(1),
  expires: z.iso.datetime({ precision: 0 }),
};
const fileFacts = { length: z.int().min(0), hashes: z.strictObject({ sha256: hex256 }) };
const role = { keyids: z.array(hex256).min(1).max(64), threshold: z.int().min(1) };

/** A public key as TUF writes it. */
export const TufKey = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: hex256 }),
});
export type TufKey = z.infer<typeof TufKey>;

/** Which keys speak for each role. */
export const RootRole = z.strictObject({
  _type: z.literal('root'),
  ...head,
  consistent_snapshot: z.literal(true),
  keys: z.record(hex256, TufKey),
  roles: z.record(z.enum(TOP_ROLES), z.strictObject(role)),
});
export type RootRole = z.infer<typeof RootRole>;

/** Who may publish in one namespace. */
export const Delegation = z.strictObject({
  name: Label,
  ...role,
  terminating: z.literal(true),
  paths: z.array(z.string().max(128)).length(1),
});
export type Delegation = z.infer<typeof Delegation>;

/** Targets by path, and, at the top, one delegation for each namespace. */
export const TargetsRole = z.strictObject({
  _type: z.literal('targets'),
  ...head,
  targets: z.record(z.string().max(256), z.strictObject(fileFacts)),
  delegations: z.strictObject({ keys: z.record(hex256, TufKey), roles: z.array(Delegation) }).exactOptional(),
});
export type TargetsRole = z.infer<typeof TargetsRole>;

const MetaFacts = z.strictObject({ version: z.int().min(1), ...fileFacts });
export type MetaFacts = z.infer<typeof MetaFacts>;

/** The version of each targets role that belongs together. */
export const SnapshotRole = z.strictObject({
  _type: z.literal('snapshot'),
  ...head,
  meta: z.record(z.string().max(64), MetaFacts),
});
export type SnapshotRole = z.infer<typeof SnapshotRole>;

/** The newest snapshot. */
export const TimestampRole = z.strictObject({
  _type: z.literal('timestamp'),
  ...head,
  meta: z.strictObject({ 'snapshot.json': MetaFacts }),
});
export type TimestampRole = z.infer<typeof TimestampRole>;

/** The signed part of any metadata file. */
export type SignedRole = RootRole | TargetsRole | SnapshotRole | TimestampRole;
