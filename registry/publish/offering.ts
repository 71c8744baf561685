import { type ArtifactName, GreenticError, type Version } from '@greentic/core';
import type { Channel } from '../tuf/channel.ts';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';
import { changeRemote } from './remote-change.ts';
import type { RemoteStore } from './remote-registry.ts';
import { changeVersions, entryOf, type IndexVersions, type PublishOptions, withVersion } from './versions-change.ts';

/** A registry whose offers change: a folder of one's own, or what somebody serves. */
export type OfferingRegistry = string | RemoteStore;

/** The keys and the time of a change. Of the registry's own keys, a folder takes those for its snapshot and timestamp. */
export type OfferingOptions = Omit<PublishOptions, 'registryKeys'> & Partial<Pick<PublishOptions, 'registryKeys'>>;

/** Points a channel at a published version, also at an older one. Throws `pack/version-not-found`, `pack/yanked`. */
export async function releaseTo(
  registry: OfferingRegistry,
  { name, version, channel, ...options }: { name: ArtifactName; version: Version; channel: Channel } & OfferingOptions,
): Promise<IndexVersions> {
  return await change(registry, name, options, (document) => {
    const { yanked } = entryOf(document, version);
    if (yanked !== undefined)
      throw new GreenticError('pack/yanked', `${name}@${version} was taken back: ${yanked.reason}`, {
        hint: 'Offer it again first: gtc pack yank --undo.',
      });
    return pointTo(document, { [channel]: version });
  });
}

/** Closes a channel: who follows it gets the next lower risk. Throws `pack/channel-closed` when it is closed already. */
export async function closeChannel(
  registry: OfferingRegistry,
  { name, channel, ...options }: { name: ArtifactName; channel: Channel } & OfferingOptions,
): Promise<IndexVersions> {
  return await change(registry, name, options, (document) => {
    const { [channel]: named, ...others } = document.channels ?? {};
    if (named === undefined) throw new GreenticError('pack/channel-closed', `${name} has no channel ${channel}.`);
    return { ...document, channels: others };
  });
}

/**
 * Takes a version back, or offers it again: nobody gets it any more who does not have it. Throws `pack/version-not-found`, and
 * `pack/channel-open` while a channel points at it.
 */
export async function yank(
  registry: OfferingRegistry,
  {
    name,
    version,
    reason,
    ...options
  }: { name: ArtifactName; version: Version; reason: string | undefined } & OfferingOptions,
): Promise<IndexVersions> {
  return await change(registry, name, options, (document) => {
    const { yanked: _, ...offered } = entryOf(document, version);
    if (reason === undefined) return withVersion(document, offered);
    assertUnfollowed(document, version);
    const entry: VersionEntry = { ...offered, yanked: { at: options.now.toISOString(), reason } };
    return withVersion(document, entry);
  });
}

/** Says that a name should not be used any more and what to use instead, or takes that back. Throws `pack/not-found`. */
export async function deprecate(
  registry: OfferingRegistry,
  {
    name,
    deprecation,
    ...options
  }: { name: ArtifactName; deprecation: VersionsDocument['deprecated'] } & OfferingOptions,
): Promise<IndexVersions> {
  return await change(registry, name, options, (document) => {
    if (document.versions.length === 0) throw new GreenticError('pack/not-found', `${name} is not published here.`);
    const { deprecated: _, ...others } = document;
    return deprecation === undefined ? others : { ...others, deprecated: deprecation };
  });
}

async function change(
  registry: OfferingRegistry,
  name: ArtifactName,
  { registryKeys, ...options }: OfferingOptions,
  decide: (document: VersionsDocument) => VersionsDocument,
): Promise<IndexVersions> {
  if (typeof registry !== 'string') return await changeRemote(registry, name, options, decide);
  if (registryKeys === undefined)
    throw new GreenticError('input/invalid', 'A registry in a folder takes its keys for snapshot and timestamp.');
  const decideWhole = (document: VersionsDocument) => ({ document: decide(document), result: undefined });
  return (await changeVersions(registry, name, { ...options, registryKeys }, decideWhole)).index;
}

/** The document with some channels pointing elsewhere. */
export function pointTo(document: VersionsDocument, pointers: Readonly<Record<Channel, Version>>): VersionsDocument {
  if (Object.keys(pointers).length === 0) return document;
  return { ...document, channels: { ...document.channels, ...pointers } };
}

function assertUnfollowed({ name, channels = {} }: VersionsDocument, version: Version): void {
  const following = Object.entries(channels).filter(([, named]) => named === version);
  if (following.length === 0) return;
  const list = following.map(([channel]) => channel).join(', ');
  throw new GreenticError('pack/channel-open', `${name}@${version} is what ${list} points at.`);
}
