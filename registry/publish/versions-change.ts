import { type ArtifactName, GreenticError, namespaceOf, type Version } from '@greentic/core';
import { pinOf } from '../artifact/descriptor.ts';
import { MEDIA_TYPES } from '../artifact/media-type.ts';
import { withFolderLock } from '../layout/folder-lock.ts';
import { ImageLayout } from '../layout/image-layout.ts';
import { documentPath } from '../tuf/metadata.ts';
import type { TargetsRole } from '../tuf/signed.ts';
import {
  DOCUMENT_MAX_BYTES,
  decodeVersions,
  encodeVersions,
  type VersionEntry,
  type VersionsDocument,
} from '../tuf/versions-document.ts';
import { type ChangeOptions, IndexChange, type SealKeys } from './index-change.ts';
import { delegationFor } from './namespace-delegation.ts';
import { putNames, roleHolding } from './namespace-names.ts';

/** The keys and the time of a publication. */
export interface PublishOptions extends ChangeOptions {
  /** Secret keys of the namespace; as many as its delegation demands. */
  readonly namespaceKeys: readonly string[];
  readonly registryKeys: SealKeys;
}

/** Which version of the index a change made. */
export interface IndexVersions {
  readonly timestamp: number;
  readonly snapshot: number;
}

/** What becomes of a versions document, and what to tell the caller. */
export interface VersionsDecision<T> {
  readonly document: VersionsDocument;
  readonly result: T;
}

/**
 * Changes a name's versions document, as one change of the index. Throws `registry/namespace-denied`, `trust/threshold`,
 * `index/invalid` when readers would not take the changed document, and what the decision throws.
 */
export async function changeVersions<T>(
  folder: string,
  name: ArtifactName,
  { namespaceKeys, registryKeys, ...when }: PublishOptions,
  decide: (document: VersionsDocument) => VersionsDecision<T> | Promise<VersionsDecision<T>>,
): Promise<{ result: T; index: IndexVersions }> {
  return withFolderLock(folder, async () => {
    const namespace = namespaceOf(name);
    const path = documentPath(namespace, name);
    const change = await IndexChange.open(folder, when);
    const delegation = await delegationFor(change, namespace, namespaceKeys);
    const role = await roleHolding(change, namespace, path);
    const former = await readDocument(change, role, path, name);
    const { document, result } = await decide(former);
    const target = change.putTarget(path, encodeVersions(document));
    await putNames(change, delegation, { [path]: target }, namespaceKeys);
    change.seal(registryKeys);
    await (await change.verify()).versionsOf(name);
    const index = await change.commit();
    await tagGroups(new ImageLayout(folder), former, document);
    return { result, index };
  });
}

/** A published version. Throws `pack/version-not-found`. */
export function entryOf({ name, versions }: VersionsDocument, version: Version): VersionEntry {
  const entry = versions.find((candidate) => candidate.version === version);
  if (entry !== undefined) return entry;
  throw new GreenticError('pack/version-not-found', `${name}@${version} is not published here.`);
}

/** The document with an entry in it, in place of the one of the same version. */
export function withVersion(document: VersionsDocument, entry: VersionEntry): VersionsDocument {
  const others = document.versions.filter(({ version }) => version !== entry.version);
  return { ...document, versions: [...others, entry] };
}

/** What a namespace's role says of a name; no version of one it does not have. Throws `index/invalid`, `registry/incomplete`. */
export async function readDocument(
  change: IndexChange,
  role: TargetsRole,
  path: string,
  name: ArtifactName,
): Promise<VersionsDocument> {
  if (role.targets[path] === undefined) return { schema: 'greentic.versions/1', name, versions: [] };
  const bytes = await change.target(role, path, DOCUMENT_MAX_BYTES);
  if (bytes === undefined)
    throw new GreenticError('registry/incomplete', `The registry lacks the versions document of ${name}.`);
  const facts = pinOf(bytes);
  if (role.targets[path].hashes.sha256 !== facts.digest.slice('sha256:'.length)) {
    throw new GreenticError('index/invalid', `The versions document of ${name} is not the one its publisher signed.`);
  }
  return decodeVersions(bytes, name);
}

/** Names every new group for other OCI tools. */
export async function tagGroups(
  layout: ImageLayout,
  former: VersionsDocument,
  document: VersionsDocument,
): Promise<void> {
  const known = new Set(former.versions.map(({ group }) => group));
  for (const { version, group, groupSize } of document.versions.filter((entry) => !known.has(entry.group))) {
    await layout.tag(`${document.name}:${version}`, {
      mediaType: MEDIA_TYPES.imageIndex,
      digest: group,
      size: groupSize,
    });
  }
}
