import {
  type ArtifactName,
  assertDigest,
  GreenticError,
  isGreenticError,
  namespaceOf,
  type Version,
} from '@greentic/core';
import { assertPinned } from '../artifact/descriptor.ts';
import { decodeGroup, GROUP_MAX_BYTES } from '../artifact/group.ts';
import { repositoryOf } from '../oci/reference.ts';
import { decodeMetadata, documentPath, encodeMetadata, expiryAfter, isSignedBy, metaFactsOf } from '../tuf/metadata.ts';
import { METADATA_MAX_BYTES, SPEC_VERSION, type TargetsRole } from '../tuf/signed.ts';
import { TrustedIndex } from '../tuf/trusted-index.ts';
import { encodeVersions, type VersionsDocument } from '../tuf/versions-document.ts';
import { assertAbout } from './evidence-claim.ts';
import { pointTo } from './offering.ts';
import type { Published, Publishing } from './publication.ts';
import type { RemoteStore } from './remote-registry.ts';
import { DEFAULT_EXPIRY } from './root-draft.ts';
import { partsOfGrowth, partsOfVersion } from './version-parts.ts';
import { entryOf, type IndexVersions, withVersion } from './versions-change.ts';

/**
 * Publishes an artifact into a registry that somebody serves: its parts, then the namespace's next role, signed here. Throws
 * `pack/version-exists`, `registry/access-denied`, `registry/unreachable`, `trust/statement-mismatch`, and what the registry says.
 * What is signed is the former role and one document more, so both must have been signed by one of these keys (`index/invalid`):
 * a registry cannot have a publisher sign what it made up.
 */
export async function publishRemote(
  store: RemoteStore,
  {
    artifact,
    evidence,
    channels = [],
    namespaceKeys,
    now,
  }: Publishing & { namespaceKeys: readonly string[]; now: Date },
): Promise<Published> {
  const { name, version, digest, image } = artifact;
  assertDigest(image, digest, `The image manifest of ${name}@${version}`, 'artifact/invalid');
  for (const bundle of evidence) assertAbout(bundle, artifact);
  const { role, document } = await readPresent(store, name, { namespaceKeys, now });
  if (document.versions.some((entry) => entry.version === version))
    throw new GreenticError('pack/version-exists', `${name}@${version} is already published.`);
  const { parts, entry } = partsOfVersion(artifact, evidence, now);
  for (const part of parts) await store.push(repositoryOf(name), part);
  const pointers = Object.fromEntries(channels.map((channel) => [channel, version]));
  const next = pointTo(withVersion(document, entry), pointers);
  return { entry, index: await submitDocument(store, { role, document: next, namespaceKeys, now }) };
}

/**
 * Adds evidence to a version in a registry that somebody serves. Throws `pack/version-not-found`, and as `publishRemote` does.
 */
export async function attachRemote(
  store: RemoteStore,
  {
    name,
    version,
    evidence,
    ...signing
  }: { name: ArtifactName; version: Version; evidence: readonly string[]; namespaceKeys: readonly string[]; now: Date },
): Promise<Published> {
  const { role, document } = await readPresent(store, name, signing);
  const former = entryOf(document, version);
  for (const bundle of evidence) assertAbout(bundle, { name, version, digest: former.digest });
  const pin = { digest: former.group, size: former.groupSize };
  const bytes = await store.pull(repositoryOf(name), { digest: pin.digest, kind: 'manifests' }, GROUP_MAX_BYTES);
  const { parts, pin: grown } = partsOfGrowth(decodeGroup(assertPinned(bytes, pin, 'The group')), evidence);
  for (const part of parts) await store.push(repositoryOf(name), part);
  const entry = { ...former, ...grown };
  const index = await submitDocument(store, { role, document: withVersion(document, entry), ...signing });
  return { entry, index };
}

/** Signs the namespace's next role over a changed document, and has it taken into the index. */
async function submitDocument(
  store: RemoteStore,
  { role, document, namespaceKeys, now }: Present & { namespaceKeys: readonly string[]; now: Date },
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

interface Present {
  readonly role: TargetsRole;
  readonly document: VersionsDocument;
}

async function readPresent(
  store: RemoteStore,
  name: ArtifactName,
  { namespaceKeys, now }: { namespaceKeys: readonly string[]; now: Date },
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
