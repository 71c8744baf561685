import path from 'node:path';
import {
  canonicalize,
  type Digest,
  digestOf,
  type EnvironmentName,
  ERRORS,
  GreenticError,
  toGreenticError,
} from '@greentic/core';
import type { Actor } from '../actor.ts';
import type { Decision } from '../decision.ts';
import type { AuditEvent } from './audit-event.ts';
import { AUDIT_FILE, findCommitted } from './audit-log.ts';
import type { Disk } from './disk.ts';
import { decodeSnapshot, encodeDecision } from './document.ts';
import type { Outcome, Refusal, Request } from './environment-store.ts';
import { appendEvent, commit, type EventDraft, type Stored } from './transaction.ts';

/** One environment under its lock, and on whose behalf it is changed. */
export interface Site {
  readonly disk: Disk;
  readonly folder: string;
  readonly name: EnvironmentName;
  readonly actor: Actor;
  readonly now: () => Date;
}

/** Decides from what is stored; undefined while the environment does not exist. */
export type Decide<R> = (before: Stored | undefined, now: Date) => Decision<R>;

/** Replay, decide, check, commit, record: under the lock and after recovery. Throws what `EnvironmentStore.mutate` throws. */
export async function writeDecision<R>(
  site: Site,
  before: Stored | undefined,
  request: Request,
  decide: Decide<R>,
): Promise<Outcome<R>> {
  const fingerprint = fingerprintOf(site.actor, request);
  const replayed = before && (await replay<R>(site, before, request, fingerprint));
  if (replayed !== undefined) return replayed;
  const now = site.now();
  const { decision, writes } = await decideOrRefuse(site, before, request, () => {
    const decision = decide(before, now);
    return { decision, writes: encodeDecision(site.name, before, decision) };
  });
  const generation = generationOf(before);
  const text = canonicalize(decision.result);
  const after = await commit(site.disk, site.folder, before, writes, {
    ...factsOf(site, request, now),
    ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
    fingerprint,
    generation: { before: generation, after: generation + 1 },
    outcome: 'committed',
    result: JSON.parse(text) as NonNullable<AuditEvent['result']>,
  });
  // The caller gets what a repeated request would get: its own copy, in the form JSON gives it.
  return { result: JSON.parse(text) as R, replayed: false, snapshot: decodeSnapshot(site.name, after) };
}

/** The stored outcome of an earlier request with the same key. Throws `env/idempotency-conflict` when it was another request. */
async function replay<R>(
  site: Site,
  before: Stored,
  { idempotencyKey }: Request,
  fingerprint: Digest,
): Promise<Outcome<R> | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const event = await findCommitted(site.disk, path.join(site.folder, AUDIT_FILE), idempotencyKey);
  if (event === undefined) return undefined;
  if (event.fingerprint !== fingerprint) {
    throw new GreenticError(
      'env/idempotency-conflict',
      `The key ${idempotencyKey} belongs to another request: ${event.verb}.`,
      {
        details: { sequence: event.sequence },
      },
    );
  }
  return { result: event.result as R, replayed: true, snapshot: decodeSnapshot(site.name, before) };
}

/** The same key from another actor is another request, so that nobody is given somebody else's result. */
function fingerprintOf(actor: Actor, { verb, target, input }: Request): Digest {
  return digestOf(canonicalize({ actor, verb, target, input: input ?? null }));
}

async function decideOrRefuse<T>(
  site: Site,
  before: Stored | undefined,
  request: Request,
  decide: () => T,
): Promise<T> {
  try {
    return decide();
  } catch (error) {
    const refusal = toGreenticError(error);
    // Usage errors and ordinary conflicts say nothing about safety; recording them would only bury what does.
    const telling = ERRORS[refusal.code].exit === 3 || refusal.code === 'env/stale';
    throw before !== undefined && telling ? await recordRefusal(site, before, request, refusal) : refusal;
  }
}

/** Adds a refusal to the audit, under the lock and after recovery. Throws `audit/unwritable`. */
export async function appendRefusal(site: Site, before: Stored, { code, ...request }: Refusal): Promise<void> {
  const generation = generationOf(before);
  await appendEvent(site.disk, site.folder, before, {
    ...factsOf(site, request, site.now()),
    generation: { before: generation, after: generation },
    outcome: 'refused',
    code,
  });
}

/** The refusal, recorded. When it could not be, it stays what it is and says so in its details: nothing was changed anyway. */
export async function recordRefusal(
  site: Site,
  before: Stored,
  request: Request,
  refusal: GreenticError,
): Promise<GreenticError> {
  try {
    await appendRefusal(site, before, { ...request, code: refusal.code });
    return refusal;
  } catch (error) {
    const { code, message, hint, details } = refusal;
    const unrecorded = toGreenticError(error).code;
    return new GreenticError(code, message, { hint, cause: error, details: { ...details, unrecorded } });
  }
}

function factsOf(site: Site, request: Pick<Request, 'verb' | 'target' | 'admission'>, at: Date) {
  const facts = {
    at: at.toISOString(),
    environment: site.name,
    actor: site.actor,
    verb: request.verb,
    target: request.target,
  };
  if (request.admission === undefined) return facts;
  return { ...facts, decision: request.admission as NonNullable<EventDraft['decision']> };
}

function generationOf(stored: Stored | undefined): number {
  return stored?.tail.event.generation.after ?? 0;
}
