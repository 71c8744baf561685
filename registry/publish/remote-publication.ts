import { type ArtifactName, assertDigest, GreenticError, type Version } from '@greentic/core';
import { assertPinned } from '../artifact/descriptor.ts';
import { decodeGroup, GROUP_MAX_BYTES } from '../artifact/group.ts';
import { repositoryOf } from '../oci/reference.ts';
import { assertAbout } from './evidence-claim.ts';
import { pointTo } from './offering.ts';
import type { Published, Publishing } from './publication.ts';
import { readPresent, type Signing, submitDocument } from './remote-change.ts';
import type { RemoteStore } from './remote-registry.ts';
import { partsOfGrowth, partsOfVersion } from './version-parts.ts';
import { entryOf, withVersion } from './versions-change.ts';

/**
 * Publishes an artifact into a registry that somebody serves: its parts, then the namespace's next role, signed here. Throws
 * `pack/version-exists`, `registry/access-denied`, `registry/unreachable`, `trust/statement-mismatch`, and what the registry says.
 * What is signed is the former role and one document more, so both must have been signed by one of these keys (`registry/namespace-denied`):
 * a registry cannot have a publisher sign what it made up.
 */
export async function publishRemote(
  store: RemoteStore,
  { artifact, evidence, channels = [], namespaceKeys, now }: Publishing & Signing,
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
  }: { name: ArtifactName; version: Version; evidence: readonly string[] } & Signing,
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
