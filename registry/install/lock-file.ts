import {
  ArtifactName,
  canonicalize,
  Digest,
  decode,
  digestOf,
  EnvironmentName,
  Grant,
  GreenticError,
  Instant,
  Label,
  parseJson,
  Slot,
  Version,
} from '@greentic/core';
import * as z from 'zod';
import { Decision } from '../admission/decision.ts';
import { BlobPin } from '../artifact/descriptor.ts';
import { EVIDENCE_MAX_COUNT } from '../artifact/group.ts';

/** Largest lock file, in bytes. */
export const LOCK_MAX_BYTES = 4 * 2 ** 20;

const version = z.int().min(1);

/** One locked artifact: all it takes to open it again without asking anybody, and to say why it was admitted. */
export const LockEntry = z.strictObject({
  /** The slot it fills, or `bundle`. */
  slot: z.enum(['bundle', ...Slot.options]),
  name: ArtifactName,
  version: Version,
  /** Identity: digest of the image manifest. */
  digest: Digest,
  /** Bytes of the image manifest. */
  size: z.int().min(1),
  /** Version of the slot contract; a bundle has none. */
  contract: version.exactOptional(),
  config: BlobPin,
  module: BlobPin,
  evidence: z.array(BlobPin).max(EVIDENCE_MAX_COUNT),
  /** The index that vouched for the version. */
  index: z.strictObject({
    registry: Label,
    root: version,
    timestamp: version,
    snapshot: version,
    targets: version,
    role: z.strictObject({ name: Label, version }),
    expires: Instant,
  }),
  /** The trust root that admitted it. */
  trustRoot: z.strictObject({ version, digest: Digest }),
  /** What the operator granted. */
  grants: z.array(Grant).max(32),
  decision: Decision,
});
export type LockEntry = z.infer<typeof LockEntry>;

/** What an environment chose: for each slot one pack, and every bundle that is staged. */
export const LockFile = z.strictObject({
  schema: z.literal('greentic.lock/1'),
  environment: EnvironmentName,
  entries: z
    .array(LockEntry)
    .max(512)
    .refine(
      (all) => new Set(all.map(lockKey)).size === all.length,
      'must lock one pack for each slot, and each bundle once',
    ),
  /** What filled each slot before: enough to go back to it without asking anybody. */
  former: z
    .array(LockEntry)
    .max(Slot.options.length)
    .refine(
      (all) => all.every(({ slot }) => slot !== 'bundle') && new Set(all.map(lockKey)).size === all.length,
      'must lock one former pack for each slot',
    )
    .exactOptional(),
});
export type LockFile = z.infer<typeof LockFile>;

/** What there may be one entry of: a slot, or a bundle's digest. */
function lockKey({ slot, digest }: Pick<LockEntry, 'slot' | 'digest'>): string {
  return slot === 'bundle' ? digest : slot;
}

function inOrder(a: LockEntry, b: LockEntry): number {
  return compare(a.slot, b.slot) || compare(a.name, b.name) || compare(a.digest, b.digest);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The canonical text of a lock: equal locks give equal bytes. Throws `lock/invalid`. */
export function encodeLock(lock: LockFile): { text: string; digest: Digest } {
  const { entries, former, ...head } = decode(LockFile, lock, 'lock/invalid', 'The lock file');
  const kept = former === undefined || former.length === 0 ? {} : { former: former.toSorted(inOrder) };
  const text = `${canonicalize({ ...head, ...kept, entries: entries.toSorted(inOrder) }, 'lock/invalid')}\n`;
  if (Buffer.byteLength(text) > LOCK_MAX_BYTES) throw new GreenticError('lock/invalid', 'The lock file is too large.');
  return { text, digest: digestOf(text) };
}

/** Decodes a lock from its bytes. Throws `lock/invalid`, also for bytes that are not canonical. */
export function decodeLock(bytes: Uint8Array): LockFile {
  const value = parseJson(bytes, { maxBytes: LOCK_MAX_BYTES, code: 'lock/invalid' });
  const lock = decode(LockFile, value, 'lock/invalid', 'The lock file');
  if (encodeLock(lock).digest !== digestOf(bytes))
    throw new GreenticError('lock/invalid', 'The lock file is not in canonical form.');
  return lock;
}

/** The lock with an entry in it, in place of the one for the same slot, which becomes the former one, or for the same bundle. */
export function withEntry(lock: LockFile, entry: LockEntry): LockFile {
  const { entries, former = [] } = lock;
  const replaced = entries.find((other) => lockKey(other) === lockKey(entry));
  const kept = [...entries.filter((other) => other !== replaced), entry];
  if (replaced === undefined || replaced.slot === 'bundle' || replaced.digest === entry.digest) {
    return { ...lock, entries: kept };
  }
  return { ...lock, entries: kept, former: [...former.filter(({ slot }) => slot !== entry.slot), replaced] };
}

/** The lock with the former pack of a slot in its place, and what fills it now as the former. Throws `lock/invalid`. */
export function withFormer(lock: LockFile, slot: Slot): LockFile {
  const entry = lock.former?.find((candidate) => candidate.slot === slot);
  if (entry === undefined)
    throw new GreenticError('lock/invalid', `The lock names no former pack of the slot ${slot}.`);
  return withEntry(lock, entry);
}

/** The lock without what fills a slot and what filled it before, or without a bundle of this digest. */
export function withoutEntry(lock: LockFile, key: Slot | Digest): LockFile {
  const others = (entry: LockEntry) => lockKey(entry) !== key;
  const { entries, former } = lock;
  return { ...lock, entries: entries.filter(others), ...(former && { former: former.filter(others) }) };
}
