import {
  type Answers,
  type ArtifactName,
  ArtifactPin,
  assertConsent,
  assertPack,
  type Digest,
  type EnvironmentName,
  ERRORS,
  type Grant,
  GreenticError,
  isGreenticError,
  type Json,
  type PackManifest,
  resolveAnswers,
  type Slot,
  type TrustRoot,
} from '@greentic/core';
import {
  type Decision,
  type InstallEvents,
  type Installed,
  type InstallRequest,
  installArtifact,
  withEntry,
  withoutEntry,
} from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import type { EnvironmentStore, Outcome, Request } from '../store/environment-store.ts';
import { bindPack, removePack as unbindPack } from '../verbs/env-packs.ts';
import { assertSameRoot, changeLock, lockOf } from './lock.ts';

/** What installing works with. */
export interface InstallPorts {
  readonly store: EnvironmentStore;
  /** Cache folder of an environment. */
  cacheOf(name: EnvironmentName): string;
  readonly now: () => Date;
  readonly events?: InstallEvents;
  /** How a registry is read; by default as its location in the trust root says. */
  readonly openSource?: NonNullable<InstallRequest['openSource']>;
}

/** Which artifact to install. */
export interface InstallOrder {
  readonly name: ArtifactName;
  /** An exact version or a range. */
  readonly range: string;
  readonly kind: Slot | 'bundle';
  /** One registry of the trust root; all of them in order when missing. */
  readonly registry?: string;
}

/** Which pack fills a slot, and how. */
export interface PackOrder extends Omit<InstallOrder, 'kind'> {
  readonly slot: Slot;
  /** The identity that was looked at before: other bytes under the same version are refused. */
  readonly digest?: Digest;
  /** What the operator grants, having seen what the pack asks. */
  grant(manifest: PackManifest, answers: Answers): readonly Grant[];
  /** What the operator answers, having seen the questions. */
  answers(manifest: PackManifest): Answers | Promise<Answers>;
  readonly replace?: boolean;
  readonly ifGeneration?: number;
  readonly idempotencyKey?: string;
}

/** The trust root of an environment. Throws `trust/root-missing`. */
export function trustRootOf({ environment, trustRoot }: Snapshot): TrustRoot {
  if (trustRoot !== undefined) return trustRoot;
  throw new GreenticError('trust/root-missing', `${environment.name} has no trust root: it believes nobody.`);
}

/**
 * Installs an artifact under the environment's trust root. A refusal changes nothing and is recorded in the audit, with the
 * decision document when it came to one. Throws as `installArtifact` does.
 */
export async function install(
  ports: InstallPorts,
  name: EnvironmentName,
  order: InstallOrder,
  verb: string,
): Promise<Installed> {
  const { store } = ports;
  const request = requestOf(ports, await store.read(name), order);
  return await recorded(store, name, { verb, target: order.name }, () => installArtifact(request));
}

/** All that admission in an environment depends on, as it stands. Throws `trust/root-missing`. */
export function requestOf(ports: InstallPorts, snapshot: Snapshot, order: InstallOrder): InstallRequest {
  const { name, revocations, overrides } = snapshot.environment;
  return {
    ...order,
    trustRoot: trustRootOf(snapshot),
    former: lockOf(snapshot).entries,
    revocations,
    overrides,
    cache: ports.cacheOf(name as EnvironmentName),
    now: ports.now,
    ...(ports.events === undefined ? {} : { events: ports.events }),
    ...(ports.openSource === undefined ? {} : { openSource: ports.openSource }),
  };
}

/** Runs a step before the change; when it refuses, the audit says so, with the decision document it came to. */
export async function recorded<T>(
  store: EnvironmentStore,
  name: EnvironmentName,
  { verb, target, decision }: { verb: string; target: string; decision?: Decision },
  step: () => T | Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (isGreenticError(error) && ERRORS[error.code].exit === 3) {
      const admission = (decision ?? error.details?.['decision']) as Json | undefined;
      await store.record(name, { verb, target, code: error.code, ...(admission === undefined ? {} : { admission }) });
    }
    throw error;
  }
}

/**
 * Installs a pack by name and binds it to its slot with what the operator grants and answers. A refusal is recorded, also one
 * for want of consent. Throws as `install` does, `permission/consent-required` with the list of what is missing,
 * `permission/exceeds-request`, `input/invalid` for answers that do not fit, `env/slot-taken`, and `env/stale` for another identity.
 */
export async function addPack(
  ports: InstallPorts,
  name: EnvironmentName,
  order: PackOrder,
): Promise<Outcome<{ slot: Slot; generation: number }> & { decision: Decision }> {
  const { slot, replace = false } = order;
  const { artifact, decision, lockEntry } = await install(ports, name, { ...order, kind: slot }, 'env-packs.add');
  const { manifest } = artifact;
  if (order.digest !== undefined && order.digest !== artifact.digest)
    throw new GreenticError('env/stale', `${artifact.name}@${artifact.version} has other bytes than were looked at.`);
  assertPack(manifest, slot);
  const answers = resolveAnswers(manifest.questions, await order.answers(manifest));
  const refusal = { verb: 'env-packs.add', target: order.name, decision };
  const grants = await recorded(ports.store, name, refusal, () => {
    const granted = [...order.grant(manifest, answers)];
    assertConsent(manifest, granted, answers);
    return granted;
  });
  const pack = ArtifactPin.parse({ name: artifact.name, version: artifact.version, digest: artifact.digest });
  const request: Request = {
    verb: 'env-packs.add',
    target: slot,
    input: { pack, grants, answers, replace },
    admission: decision as unknown as Json,
    ...(order.idempotencyKey === undefined ? {} : { idempotencyKey: order.idempotencyKey }),
  };
  const outcome = await ports.store.mutate(name, {
    ...request,
    ...(order.ifGeneration === undefined ? {} : { ifGeneration: order.ifGeneration }),
    decide: (snapshot, now) => {
      assertSameRoot(snapshot, lockEntry);
      const lock = changeLock(snapshot, (former) => withEntry(former, { ...lockEntry, grants }));
      return bindPack(snapshot, { slot, pack, grants, answers, lock, replace }, now);
    },
  });
  return { ...outcome, decision };
}

/** Empties a slot. Throws `env/slot-empty`. */
export async function removePack(
  ports: Pick<InstallPorts, 'store'>,
  name: EnvironmentName,
  slot: Slot,
): Promise<Outcome<{ slot: Slot }>> {
  return await ports.store.mutate(name, {
    verb: 'env-packs.remove',
    target: slot,
    input: { slot },
    decide: (snapshot) =>
      unbindPack(snapshot, { slot, lock: changeLock(snapshot, (lock) => withoutEntry(lock, slot)) }),
  });
}

/** Why the pack of a slot was admitted: the decision document the lock carries. Throws `env/slot-empty`. */
export function whyBound(snapshot: Snapshot, slot: Slot): Decision {
  const entry = lockOf(snapshot).entries.find((candidate) => candidate.slot === slot);
  if (entry === undefined)
    throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot} of ${snapshot.environment.name}.`);
  return entry.decision;
}
