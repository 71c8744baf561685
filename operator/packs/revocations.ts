import {
  type Environment,
  type EnvironmentName,
  type ErrorData,
  isGreenticError,
  type RevisionId,
  type Revocation,
  type Slot,
  type TrustRoot,
} from '@greentic/core';
import { openSource, type RegistryEntry, type Source } from '@greentic/registry';
import type { Snapshot } from '../decision.ts';
import { type RecordedRevocations, recordRevocations } from '../verbs/revocations.ts';
import { type InstallPorts, trustRootOf } from './installation.ts';
import { lockOf } from './lock.ts';

/** What asking for revocations works with. */
export interface RevocationPorts extends Pick<InstallPorts, 'store' | 'cacheOf' | 'now'> {
  /** How a registry is read; by default as its location says. */
  readonly openSource?: (registry: RegistryEntry) => Source;
}

/** Something withdrawn of what is here, with the slots it fills and the revisions of it that are not archived; former ones have none. */
export interface RevokedHere extends Revocation {
  readonly slots: readonly Slot[];
  readonly revisions: readonly RevisionId[];
}

/** What came of asking every registry. */
export interface RevocationCheck {
  readonly revoked: readonly RevokedHere[];
  /** What is on record and no registry says any more: it stays refused until an operator lifts it. */
  readonly liftable: readonly RevokedHere[];
  /** Registries that could not be asked: what was known of them stays. */
  readonly failed: readonly { readonly registry: string; readonly error: ErrorData }[];
  /** Whether what is known has changed. */
  readonly changed: boolean;
  /** Generation of the environment afterwards. */
  readonly generation: number;
}

/**
 * Asks every registry of the trust root what it withdrew, and records what concerns this environment: from then on it is refused,
 * also without a network. A record only grows by itself: whoever has come into a registry must not undo one. With `lift`, what a
 * registry that answers says no more is taken off it, by an operator's word. Throws `trust/root-missing` and what the store
 * throws; a registry that cannot be asked is in the result.
 */
export async function checkRevocations(
  ports: RevocationPorts,
  name: EnvironmentName,
  { lift = false }: { lift?: boolean } = {},
): Promise<RevocationCheck> {
  const snapshot = await ports.store.read(name);
  const { known, failed } = await askAll(trustRootOf(snapshot), ports, ports.cacheOf(name));
  const revocations = concerning(snapshot, known, lift);
  const changed = differs(snapshot.environment.revocations ?? [], revocations);
  const { environment } = changed
    ? (
        await ports.store.mutate(name, {
          verb: 'env-packs.revocations',
          target: name,
          input: { revocations, lift },
          decide: (current) => recordRevocations(current, { revocations: concerning(current, known, lift) }),
        })
      ).snapshot
    : snapshot;
  const said = concerning(snapshot, known, true);
  const isSaid = (each: RecordedRevocations[number]) => said.some((other) => keyOf(other) === keyOf(each));
  return {
    revoked: revocations.map((each) => ({ ...each, ...usesOf(environment, each) })),
    liftable: revocations.filter((each) => !isSaid(each)).map((each) => ({ ...each, ...usesOf(environment, each) })),
    failed,
    changed,
    generation: environment.generation,
  };
}

function usesOf(
  { bindings, revisions }: Environment,
  { digest }: Revocation,
): Pick<RevokedHere, 'slots' | 'revisions'> {
  const live = revisions.filter(({ bundle, state }) => bundle.digest === digest && state !== 'archived');
  return {
    slots: bindings.filter(({ pack }) => pack.digest === digest).map(({ slot }) => slot),
    revisions: live.map(({ id }) => id),
  };
}

type Known = ReadonlyMap<string, readonly Revocation[]>;

async function askAll(
  { registries }: TrustRoot,
  { now, openSource: open }: RevocationPorts,
  cache: string,
): Promise<{ known: Known; failed: RevocationCheck['failed'] }> {
  const known = new Map<string, readonly Revocation[]>();
  const failed: { registry: string; error: ErrorData }[] = [];
  for (const registry of registries) {
    try {
      const source = open?.(registry) ?? openSource({ registry, cache, now });
      known.set(registry.name, await source.revocations());
    } catch (error) {
      if (!isGreenticError(error)) throw error;
      failed.push({ registry: registry.name, error: error.toData() });
    }
  }
  return { known, failed };
}

/** What a record is kept under: two registries may each withdraw the same bytes. */
function keyOf({ registry, digest }: RecordedRevocations[number]): string {
  return `${registry} ${digest}`;
}

/** What concerns the environment: what registries say, and what is recorded; when lifting, not of those that answered. */
function concerning(snapshot: Snapshot, known: Known, lift: boolean): RecordedRevocations {
  const { entries, former = [] } = lockOf(snapshot);
  const here = new Set([...entries, ...former].map(({ digest }) => digest));
  const kept = (snapshot.environment.revocations ?? []).filter(({ registry }) => !lift || !known.has(registry));
  const said = [...known].flatMap(([registry, all]) => all.map((each) => ({ ...each, registry })));
  const all = [...kept, ...said].filter(({ digest }) => here.has(digest));
  return [...new Map(all.map((each) => [keyOf(each), each])).values()];
}

function differs(before: RecordedRevocations, after: RecordedRevocations): boolean {
  const texts = (all: RecordedRevocations) =>
    all.map((each) => JSON.stringify(Object.entries(each).toSorted())).toSorted();
  return JSON.stringify(texts(before)) !== JSON.stringify(texts(after));
}
