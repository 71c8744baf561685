import {
  type ArtifactName,
  type Digest,
  GreenticError,
  isGreenticError,
  kindOf,
  type Revocation,
  type RevocationOverride,
  revocationOf,
  type Slot,
  type TrustRoot,
} from '@greentic/core';
import { admit } from '../admission/admission.ts';
import type { AdmissionCase, IndexFacts, Offer } from '../admission/case.ts';
import { assertAdmitted, type Decision } from '../admission/decision.ts';
import { strongest } from '../admission/strength.ts';
import { pinOf } from '../artifact/descriptor.ts';
import type { VerifiedArtifact } from '../artifact/verified-artifact.ts';
import type { PublishedVersion } from '../publish/published-version.ts';
import { type FetchedArtifact, fetchArtifact } from '../source/fetch.ts';
import { openSource } from '../source/open-source.ts';
import { channelsOf, resolve } from '../source/resolve.ts';
import type { RegistryEntry, Source } from '../source/source.ts';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';
import { type InstallEvents, tell } from './install-events.ts';
import type { LockEntry } from './lock-file.ts';
import { PackCache } from './pack-cache.ts';

/** What to install, and where. */
export interface InstallRequest {
  readonly name: ArtifactName;
  /** An exact version or a range; `*` for the highest release. */
  readonly range: string;
  /** The slot to fill, or `bundle`. */
  readonly kind: Slot | 'bundle';
  readonly trustRoot: TrustRoot;
  /** What the environment has locked under this name: evidence may be asked not to become weaker. */
  readonly former?: readonly LockEntry[];
  /** The one registry to ask; without it, those of the trust root are asked in their order until one knows the name. */
  readonly registry?: string;
  /** What is known to be withdrawn besides what the registry says now, and what the operator overrides. */
  readonly revocations?: readonly Revocation[] | undefined;
  readonly overrides?: readonly RevocationOverride[] | undefined;
  /** The environment's cache folder. */
  readonly cache: string;
  readonly now: () => Date;
  readonly events?: InstallEvents;
  /** How a registry is read; by default as its location says. */
  readonly openSource?: (registry: RegistryEntry) => Source;
}

/** An artifact that was admitted and is in the cache, and its line for the lock, with nothing granted yet. */
export interface Installed {
  readonly artifact: VerifiedArtifact;
  readonly decision: Decision;
  readonly lockEntry: LockEntry;
}

/** What admission says of an artifact that was fetched and is not kept, and all that was fetched. */
export interface Assessed extends PublishedVersion {
  readonly decision: Decision;
}

interface Assessment {
  readonly published: PublishedVersion;
  readonly index: IndexFacts;
  readonly decision: Decision;
}

/**
 * From a name to verified bytes: reads the index, picks a version, fetches, checks every byte, decides, and only then keeps a
 * copy. A refused artifact leaves nothing behind. Throws the code of the first rule that refuses (see `assertAdmitted`), and
 * `index/*`, `registry/*`, `pack/not-found`, `pack/version-not-found`, `blob/*`, `artifact/invalid`.
 */
export async function installArtifact(request: InstallRequest): Promise<Installed> {
  const { published, index, decision } = await assess(request);
  assertAdmitted(decision);
  await keep(new PackCache(request.cache), published);
  return { artifact: published.artifact, decision, lockEntry: lockEntryOf(published, index, decision) };
}

/**
 * What `installArtifact` would decide, without keeping a copy or throwing for a refusal. As with every reading of an index, the
 * newest one seen is remembered. Throws what keeps it from coming to a decision.
 */
export async function assessArtifact(request: InstallRequest): Promise<Assessed> {
  const { published, decision } = await assess(request);
  return { ...published, decision };
}

async function assess(request: InstallRequest): Promise<Assessment> {
  const { name, range, kind, trustRoot, former = [], now, events = {} } = request;
  const { source, document, index, revocations } = await findArtifact(request);
  const known = [...revocations, ...(request.revocations ?? [])];
  const entry = resolve(document, range, stoppedBy(known, request.overrides, now()));
  tell(events, 'onResolve', { name, version: entry.version, digest: entry.digest });
  const fetched = await fetchArtifact(source.blobsOf(name), name, entry);
  tell(events, 'onFetch', {
    name,
    version: entry.version,
    bytes: fetched.artifact.bytes.module.byteLength,
    evidence: fetched.evidence.length,
  });
  const decision = admit({
    artifact: { name, version: entry.version, digest: entry.digest },
    kind: entry.kind,
    contract: entry.contract,
    expectedKind: kind,
    evidence: fetched.evidence,
    trustRoot,
    index: { ...index, ...factsOf(document, entry) },
    offer: offerOf(document, entry),
    ...formerOf(name, former),
    revocations: known,
    overrides: request.overrides ?? [],
    now: now(),
  });
  tell(events, 'onDecide', { decision });
  return { published: { document, entry, revocations, ...fetched }, index, decision };
}

/** Digests that are revoked and not overridden: no range leads to them. */
function stoppedBy(
  revocations: readonly Revocation[],
  overrides: readonly RevocationOverride[] | undefined,
  now: Date,
): ReadonlySet<Digest> {
  const stopped = revocations.filter(({ digest }) => revocationOf(digest, revocations, overrides, now) !== undefined);
  return new Set(stopped.map(({ digest }) => digest));
}

function formerOf(name: ArtifactName, entries: readonly LockEntry[]): Pick<AdmissionCase, 'former'> {
  const same = entries.filter((entry) => entry.name === name);
  const former = strongest(same.map(({ slot, decision }) => ({ kind: slot, strength: decision.strength })));
  return former === undefined ? {} : { former };
}

function factsOf(document: VersionsDocument, entry: VersionEntry): Pick<IndexFacts, 'publishedAt' | 'channels'> {
  const { publishedAt } = entry;
  return { ...(publishedAt === undefined ? {} : { publishedAt }), channels: channelsOf(document, entry) };
}

function offerOf({ deprecated }: VersionsDocument, { yanked }: VersionEntry): Offer {
  return { ...(yanked === undefined ? {} : { yanked }), ...(deprecated === undefined ? {} : { deprecated }) };
}

interface Found {
  readonly source: Source;
  readonly document: VersionsDocument;
  readonly index: IndexFacts;
  readonly revocations: readonly Revocation[];
}

/** The first registry that knows the name. Any other failure ends the search: a registry that is down hides nothing. */
async function findArtifact(request: InstallRequest): Promise<Found> {
  const { name, trustRoot, cache, now, events = {} } = request;
  const open = request.openSource ?? ((registry: RegistryEntry) => openSource({ registry, cache, now }));
  const registries = trustRoot.registries.filter(
    (registry) => request.registry === undefined || registry.name === request.registry,
  );
  if (registries.length === 0) {
    throw new GreenticError(
      'index/unknown-registry',
      `The trust root names no registry${request.registry ? ` ${request.registry}` : ''}.`,
    );
  }
  let unknown: unknown;
  for (const registry of registries) {
    const source = open(registry);
    tell(events, 'onIndex', { registry: registry.name, location: source.location, name });
    try {
      const { document, provenance, revocations } = await source.index(name);
      return { source, document, revocations, index: { registry: registry.name, ...provenance } };
    } catch (error) {
      if (!isGreenticError(error) || error.code !== 'pack/not-found') throw error;
      unknown ??= error;
    }
  }
  throw unknown;
}

async function keep(cache: PackCache, { artifact, evidence }: FetchedArtifact): Promise<void> {
  const { image, config, module } = artifact.bytes;
  await Promise.all([image, config, module, ...evidence].map((bytes) => cache.put(bytes)));
}

function lockEntryOf(
  { artifact, evidence, entry }: PublishedVersion,
  index: IndexFacts,
  decision: Decision,
): LockEntry {
  const { name, version, digest, bytes } = artifact;
  return {
    slot: kindOf(name),
    name,
    version,
    digest,
    size: entry.size,
    ...(entry.contract === undefined ? {} : { contract: entry.contract }),
    config: pinOf(bytes.config),
    module: pinOf(bytes.module),
    evidence: evidence.map(pinOf).toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    index,
    trustRoot: decision.trustRoot,
    grants: [],
    decision,
  };
}
