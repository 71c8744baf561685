import {
  ArtifactName,
  canonicalize,
  type Digest,
  decode,
  digestOf,
  GreenticError,
  namespaceOf,
  parseJson,
} from '@greentic/core';
import * as z from 'zod';
import { CLOCK_SKEW_MS } from '../admission/rules/age.ts';
import { assertPinned } from '../artifact/descriptor.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { closureOf } from '../source/closure.ts';
import { fetchArtifact } from '../source/fetch.ts';
import type { BlobSource } from '../source/source.ts';
import { decodeMetadata, documentPath } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, type TargetsRole } from '../tuf/signed.ts';
import {
  DOCUMENT_MAX_BYTES,
  decodeVersions,
  type VersionEntry,
  type VersionsDocument,
} from '../tuf/versions-document.ts';
import { assertAbout } from './evidence-claim.ts';
import { IndexChange, type SealKeys } from './index-change.ts';
import { delegationsOf } from './namespace-delegation.ts';
import { type IndexVersions, readDocument, tagGroups } from './versions-change.ts';

/** Most documents a submission changes at once. */
const MAX_DOCUMENTS = 16;

/** Largest submission, in bytes. */
export const SUBMISSION_MAX_BYTES = 32 * 2 ** 20;

/** Longest a namespace's role may hold, in days: a reader must learn some day that it was replaced. */
const ROLE_MAX_DAYS = 366;

const SubmissionFile = z.strictObject({
  schema: z.literal('greentic.submission/1'),
  role: z.base64().max(Math.ceil(METADATA_MAX_BYTES.targets / 3) * 4),
  documents: z
    .record(ArtifactName, z.base64().max(Math.ceil(DOCUMENT_MAX_BYTES / 3) * 4))
    .refine((all) => Object.keys(all).length <= MAX_DOCUMENTS, `must not have more than ${MAX_DOCUMENTS} documents`),
});

/** A namespace's role as its holders signed it, and every versions document that it changes. */
export interface Submission {
  readonly role: Uint8Array;
  readonly documents: ReadonlyMap<ArtifactName, Uint8Array>;
}

/** A submission as it is sent. */
export function encodeSubmission({ role, documents }: Submission): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const all = Object.fromEntries([...documents].map(([name, bytes]) => [name, base64(bytes)]));
  return canonicalize({ schema: 'greentic.submission/1', role: base64(role), documents: all });
}

/** Reads a submission. Throws `input/invalid`. */
export function decodeSubmission(bytes: Uint8Array): Submission {
  const value = parseJson(bytes, { maxBytes: SUBMISSION_MAX_BYTES, code: 'input/invalid' });
  const { role, documents } = decode(SubmissionFile, value, 'input/invalid', 'The submission');
  const all = Object.entries(documents).map(
    ([name, text]) => [name as ArtifactName, Buffer.from(text, 'base64')] as const,
  );
  return { role: Buffer.from(role, 'base64'), documents: new Map(all) };
}

/**
 * Takes a namespace's change into the index, which is then signed with the registry's online keys alone. It is checked as a
 * reader would, and against what was published before: versions are immutable, evidence only grows. Throws
 * `registry/namespace-denied`, `registry/busy` when somebody published meanwhile, `pack/version-exists` when a published version
 * would change, `trust/clock-skew` for a new one that is not dated as of now, `registry/incomplete` when a blob is missing, and `index/*` for what a reader would refuse.
 */
export async function acceptSubmission(
  folder: string,
  { namespace, submission, keys, now }: { namespace: string; submission: Submission; keys: SealKeys; now: Date },
): Promise<IndexVersions> {
  return withFolderLock(folder, async () => {
    const change = await IndexChange.open(folder, { now });
    if (!(await delegationsOf(change)).roles.some((role) => role.name === namespace))
      throw new GreenticError('registry/namespace-denied', `Nobody may publish in ${namespace} yet.`);
    const former = await change.namespaceRole(namespace);
    const role = decodeMetadata(submission.role, 'targets');
    assertNextRole(role, { former, namespace, now });
    const layout = new ImageLayout(folder);
    const changed = changedNames(namespace, { former, role, submission });
    const grown = await Promise.all(
      changed.map((name) => takeDocument(change, layout, { name, former, role, submission, now })),
    );
    change.putSigned(namespace, submission.role);
    change.seal(keys);
    const index = await change.verify();
    await index.namesOf(namespace);
    for (const name of changed) await index.versionsOf(name);
    const versions = await change.commit();
    for (const { before, after } of grown) await tagGroups(layout, before, after);
    return versions;
  });
}

function assertNextRole(
  role: TargetsRole,
  { former, namespace, now }: { former: TargetsRole; namespace: string; now: Date },
): void {
  if (role.version !== former.version + 1) {
    throw new GreenticError(
      'registry/busy',
      `The next version of the role ${namespace} is ${former.version + 1}; this is ${role.version}.`,
      { hint: 'Somebody published meanwhile: repeat the command.' },
    );
  }
  if (role.delegations !== undefined)
    throw new GreenticError('index/invalid', `The role ${namespace} delegates further, which nobody here follows.`);
  if (Date.parse(role.expires) - now.getTime() > ROLE_MAX_DAYS * 86_400_000)
    throw new GreenticError('index/invalid', `The role ${namespace} holds for more than ${ROLE_MAX_DAYS} days.`);
}

/** The names whose documents differ. Nothing may vanish, no path may leave the namespace, and no document may come along unsaid. */
function changedNames(
  namespace: string,
  { former, role, submission }: { former: TargetsRole; role: TargetsRole; submission: Submission },
): ArtifactName[] {
  const gone = Object.keys(former.targets).find((path) => role.targets[path] === undefined);
  if (gone !== undefined)
    throw new GreenticError('pack/version-exists', `${gone} is published, and the new role lacks it.`);
  const names = Object.entries(role.targets).map(([path, { length, hashes }]) => {
    const name = ArtifactName.safeParse(path.slice(path.lastIndexOf('/') + 1).replace(/\.json$/, '')).data;
    if (name === undefined || namespaceOf(name) !== namespace || documentPath(namespace, name) !== path)
      throw new GreenticError('index/invalid', `The role ${namespace} may not speak for ${path}.`);
    const before = former.targets[path];
    return before?.length === length && before.hashes.sha256 === hashes.sha256 ? undefined : name;
  });
  const changed = names.filter((name) => name !== undefined);
  const stray = [...submission.documents.keys()].find((name) => !changed.includes(name));
  if (stray !== undefined) throw new GreenticError('input/invalid', `The role does not change ${stray}.`);
  return changed;
}

interface Growth {
  readonly before: VersionsDocument;
  readonly after: VersionsDocument;
}

async function takeDocument(
  change: IndexChange,
  layout: ImageLayout,
  {
    name,
    former,
    role,
    submission,
    now,
  }: { name: ArtifactName; former: TargetsRole; role: TargetsRole; submission: Submission; now: Date },
): Promise<Growth> {
  const path = documentPath(namespaceOf(name), name);
  const bytes = submission.documents.get(name);
  if (bytes === undefined)
    throw new GreenticError('input/invalid', `The role changes ${name}, and its document is missing.`);
  const { length, hashes } = change.putTarget(path, bytes);
  if (role.targets[path]?.length !== length || role.targets[path].hashes.sha256 !== hashes.sha256)
    throw new GreenticError('index/invalid', `The document of ${name} is not the one the role names.`);
  const before = await readDocument(change, former, path, name);
  const after = decodeVersions(bytes, name);
  for (const entry of before.versions) assertKept(name, entry, after);
  for (const entry of after.versions) {
    if (!before.versions.some(({ version }) => version === entry.version)) assertDated(name, entry, now);
    const known = before.versions.find(({ version }) => version === entry.version);
    if (known?.group !== entry.group) await assertComplete(layout, name, entry, known);
  }
  return { before, after };
}

/** A new version is dated by its publisher, as of now: a date of its own choice would undo what policies make of the age. */
function assertDated(name: ArtifactName, { version, publishedAt }: VersionEntry, now: Date): void {
  const apart = publishedAt === undefined ? Number.NaN : Math.abs(Date.parse(publishedAt) - now.getTime());
  if (apart <= CLOCK_SKEW_MS) return;
  throw new GreenticError(
    'trust/clock-skew',
    `${name}@${version} is dated ${publishedAt ?? 'nowhere'}; here it is ${now.toISOString()}.`,
  );
}

/** A published version stays what it is. Its publisher may take it back, and may add evidence. */
function assertKept(name: ArtifactName, entry: VersionEntry, after: VersionsDocument): void {
  const kept = after.versions.find(({ version }) => version === entry.version);
  const identity = ({ group: _, groupSize: __, yanked: ___, ...fixed }: VersionEntry) => canonicalize(fixed);
  if (kept !== undefined && identity(kept) === identity(entry)) return;
  throw new GreenticError('pack/version-exists', `${name}@${entry.version} is published, and would be changed.`);
}

/** Everything a version consists of is here and is what it should be, and no evidence of before is missing. */
async function assertComplete(
  layout: ImageLayout,
  name: ArtifactName,
  entry: VersionEntry,
  known?: VersionEntry,
): Promise<void> {
  const source = storeOf(layout);
  const { evidence } = await fetchArtifact(source, name, entry);
  for (const bundle of evidence) assertAbout(Buffer.from(bundle).toString(), { name, ...entry });
  const { manifests, blobs } = await closureOf(source, entry);
  for (const blob of blobs)
    assertPinned(await source.blob(blob.digest, blob.size), blob, `A blob of ${name}@${entry.version}`);
  if (known === undefined) return;
  const has = new Set(manifests.map(({ bytes }) => digestOf(bytes)));
  const [, artifact, ...former] = (await closureOf(source, known)).manifests;
  const lost = [artifact, ...former].find(({ bytes }) => !has.has(digestOf(bytes)));
  if (lost !== undefined)
    throw new GreenticError(
      'pack/version-exists',
      `${name}@${entry.version} would lose the evidence ${digestOf(lost.bytes)}.`,
    );
}

/** The store, as a reader sees it. */
export function storeOf(layout: ImageLayout): BlobSource {
  const read = async (digest: Digest, maxBytes: number) => {
    const bytes = await layout.read(digest, maxBytes);
    if (bytes !== undefined) return bytes;
    throw new GreenticError('registry/incomplete', `The registry lacks ${digest}.`, { hint: 'Push it first.' });
  };
  return { remote: false, blob: read, manifest: read };
}
