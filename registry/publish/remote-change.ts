import { type ArtifactName, GreenticError, isGreenticError, namespaceOf } from '@greentic/core';
import { decodeMetadata, documentPath, encodeMetadata, expiryAfter, isSignedBy, metaFactsOf } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, SPEC_VERSION, type TargetsRole } from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import { encodeVersions, type VersionsDocument } from '../tuf/versions-document.ts';
import type { RemoteStore } from './remote-registry.ts';
import { DEFAULT_EXPIRY } from './root-draft.ts';
import type { IndexVersions } from './versions-change.ts';

/** With which keys of the namespace a change is signed, and when. */
export interface Signing {
  readonly namespaceKeys: readonly string[];
  readonly now: Date;
}

/** Changes a name's versions document in a registry that somebody serves. Throws as `readPresent` does, and what the registry says. */
export async function changeRemote(
  store: RemoteStore,
  name: ArtifactName,
  signing: Signing,
  decide: (document: VersionsDocument) => VersionsDocument,
): Promise<IndexVersions> {
  const { role, document } = await readPresent(store, name, signing);
  return await submitDocument(store, { role, document: decide(document), ...signing });
}

/** Signs the namespace's next role over a changed document, and has it taken into the index. */
export async function submitDocument(
  store: RemoteStore,
  { role, document, namespaceKeys, now }: Present & Signing,
): Promise<IndexVersions> {
  const { name } = document;
  const namespace = namespaceOf(name);
  const bytes = encodeVersions(document);
  const { length, hashes } = metaFactsOf(1, bytes);
  const next: TargetsRole = {
    ...role,
    version: role.version + 1,
    expires: expiryAfter(now, DEFAULT_EXPIRY.targets),
    targets: { ...role.targets, [documentPath(namespace, name)]: { length, hashes } },
  };
  const submission = { role: encodeMetadata(next, namespaceKeys), documents: new Map([[name, bytes]]) };
  return await store.submit(namespace, submission);
}

/** What a registry holds of a name before it is changed. */
export interface Present {
  readonly role: TargetsRole;
  readonly document: VersionsDocument;
}

/**
 * Reads a name's document and the role that names it. What is signed next rests on both, so they must have been signed by one of these
 * keys. Throws `registry/namespace-denied`, `registry/unreachable`, `index/*`.
 */
export async function readPresent(
  store: RemoteStore,
  name: ArtifactName,
  { namespaceKeys, now }: Signing,
): Promise<Present> {
  const files = new Map<string, Uint8Array>();
  const read = async (file: string, maxBytes: number) => {
    const bytes = await store.metadata(file, maxBytes);
    if (bytes !== undefined) files.set(file, bytes);
    return bytes;
  };
  const root = await read('1.root.json', METADATA_MAX_BYTES.root);
  if (root === undefined) throw new GreenticError('registry/unreachable', 'There is no index at this address.');
  const index = await TrustedIndex.open({ root, read, now });
  const namespace = namespaceOf(name);
  const empty: VersionsDocument = { schema: 'greentic.versions/1', name, versions: [] };
  if (!(await index.namespaces()).includes(namespace)) return { role: firstRole(now), document: empty };
  await index.namesOf(namespace);
  const [, bytes] = [...files].find(([file]) => file.replace(/^\d+\./, '') === `${namespace}.json`) ?? [];
  if (bytes === undefined || !isSignedBy(bytes, namespaceKeys)) {
    throw new GreenticError(
      'registry/namespace-denied',
      `None of these keys signed what is published in ${namespace}.`,
      {
        hint: 'Give the key that signed the last publication as well: gtc pack publish --key.',
      },
    );
  }
  const document = await index.versionsOf(name).then(
    (answer) => answer.document,
    (error: unknown) => {
      if (isGreenticError(error, 'pack/not-found')) return empty;
      throw error;
    },
  );
  return { role: decodeMetadata(bytes, 'targets'), document };
}

function firstRole(now: Date): TargetsRole {
  return {
    _type: 'targets',
    spec_version: SPEC_VERSION,
    version: 0,
    expires: expiryAfter(now, DEFAULT_EXPIRY.targets),
    targets: {},
  };
}
