import {
  canonicalize,
  Digest,
  decode,
  digestOf,
  EnvironmentName,
  GreenticError,
  Instant,
  parseJson,
} from '@greentic/core';
import * as z from 'zod';
import { Actor } from '../actor.ts';

/** Longest line of the audit, in bytes, without its line feed. */
export const AUDIT_LINE_MAX_BYTES = 256 * 1024;

/** The files an environment consists of, in the order they are put in place. */
export const STORED_FILES = ['environment.json', 'env.lock.json', 'trust-root.json'] as const;

/** A file of an environment. */
export type StoredFile = (typeof STORED_FILES)[number];

/** Name of a verb, noun first: `traffic.set`. */
export const VerbName = z
  .string()
  .max(64)
  .regex(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/, 'must be <noun>.<verb>');

/** What a verb is about: the id of a deployment, revision, slot or environment. */
export const VerbTarget = z.string().min(1).max(256);

/** A caller's name for one request, so that repeating it does nothing twice: 1 to 255 visible ASCII characters. */
export const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

/** One line of the audit: who did what, what came of it, and the digests of the files in force afterwards. */
export const AuditEvent = z.strictObject({
  schema: z.literal('greentic.audit/1'),
  /** Starts at 1 and grows by one with each line. */
  sequence: z.int().min(1),
  at: Instant,
  environment: EnvironmentName,
  actor: Actor,
  verb: VerbName,
  target: VerbTarget,
  idempotencyKey: IdempotencyKey.exactOptional(),
  /** Digest of actor, verb, target and input: tells a repeated request from another one under the same key. */
  fingerprint: Digest.exactOptional(),
  /** Of the environment. Before is 0 for its creation; both are equal when nothing changed. */
  generation: z.strictObject({ before: z.int().min(0), after: z.int().min(1) }),
  outcome: z.enum(['committed', 'refused']),
  /** Why, when refused: a code of the error table. */
  code: z.string().max(64).exactOptional(),
  /** The admission's decision document, when the verb admitted an artifact. */
  decision: z.json().exactOptional(),
  /** Digest of each file in force after the event. */
  files: z.partialRecord(z.enum(STORED_FILES), Digest),
  result: z.json().exactOptional(),
  /** Digest of the line before; of nothing, for the first. */
  previous: Digest,
  /** Digest of this event's canonical form without this field. */
  hash: Digest,
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** `previous` of the first event. */
export const NO_LINE = digestOf('');

/**
 * The line of an event, and its digest: the `previous` of the next. Throws `input/too-large` when it is longer than the
 * limit, and `input/invalid` when a field is not as the schema has it.
 */
export function encodeEvent(draft: Omit<AuditEvent, 'schema' | 'hash'>): {
  event: AuditEvent;
  line: Buffer;
  digest: Digest;
} {
  const body = { schema: 'greentic.audit/1', ...draft };
  const event = decode(AuditEvent, { ...body, hash: digestOf(canonicalize(body)) }, 'input/invalid', 'The audit event');
  const line = Buffer.from(canonicalize(event));
  if (line.byteLength > AUDIT_LINE_MAX_BYTES) {
    throw new GreenticError(
      'input/too-large',
      `The change does not fit into an audit line of ${AUDIT_LINE_MAX_BYTES} bytes.`,
    );
  }
  return { event, line, digest: digestOf(line) };
}

/** Decodes a line. Throws `audit/broken` unless it is canonical and its hash is its own. */
export function decodeEvent(line: Buffer): AuditEvent {
  const value = parseJson(line, { maxBytes: AUDIT_LINE_MAX_BYTES, code: 'audit/broken' });
  const event = decode(AuditEvent, value, 'audit/broken', 'The audit event');
  const { hash, ...body } = event;
  if (digestOf(canonicalize(body)) !== hash || !Buffer.from(canonicalize(event)).equals(line)) {
    throw new GreenticError('audit/broken', `Audit event ${event.sequence} was changed after it was written.`, {
      details: { sequence: event.sequence },
    });
  }
  return event;
}
