import { type ArtifactName, GreenticError, type Version } from '@greentic/core';
import type { Channel } from '../tuf/channel.ts';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';
import { changeVersions, entryOf, type IndexVersions, type PublishOptions, withVersion } from './versions-change.ts';

/** Points a channel at a published version, also at an older one. Throws `pack/version-not-found`, `pack/yanked`. */
export async function releaseTo(
  folder: string,
  { name, version, channel, ...options }: { name: ArtifactName; version: Version; channel: Channel } & PublishOptions,
): Promise<IndexVersions> {
  const { index } = await changeVersions(folder, name, options, (document) => {
    const { yanked } = entryOf(document, version);
    if (yanked !== undefined)
      throw new GreenticError('pack/yanked', `${name}@${version} was taken back: ${yanked.reason}`, {
        hint: 'Offer it again first: gtc pack yank --undo.',
      });
    return { document: pointTo(document, { [channel]: version }), result: undefined };
  });
  return index;
}

/** Closes a channel: who follows it gets the next lower risk. Throws `pack/channel-closed` when it is closed already. */
export async function closeChannel(
  folder: string,
  { name, channel, ...options }: { name: ArtifactName; channel: Channel } & PublishOptions,
): Promise<IndexVersions> {
  const { index } = await changeVersions(folder, name, options, (document) => {
    const { [channel]: named, ...others } = document.channels ?? {};
    if (named === undefined) throw new GreenticError('pack/channel-closed', `${name} has no channel ${channel}.`);
    return { document: { ...document, channels: others }, result: undefined };
  });
  return index;
}

/**
 * Takes a version back, or offers it again: nobody gets it any more who does not have it. Throws `pack/version-not-found`, and
 * `pack/channel-open` while a channel points at it.
 */
export async function yank(
  folder: string,
  {
    name,
    version,
    reason,
    ...options
  }: { name: ArtifactName; version: Version; reason: string | undefined } & PublishOptions,
): Promise<IndexVersions> {
  const { index } = await changeVersions(folder, name, options, (document) => {
    const { yanked: _, ...offered } = entryOf(document, version);
    if (reason === undefined) return { document: withVersion(document, offered), result: undefined };
    assertUnfollowed(document, version);
    const entry: VersionEntry = { ...offered, yanked: { at: options.now.toISOString(), reason } };
    return { document: withVersion(document, entry), result: undefined };
  });
  return index;
}

/** Says that a name should not be used any more and what to use instead, or takes that back. Throws `pack/not-found`. */
export async function deprecate(
  folder: string,
  {
    name,
    deprecation,
    ...options
  }: { name: ArtifactName; deprecation: VersionsDocument['deprecated'] } & PublishOptions,
): Promise<IndexVersions> {
  const { index } = await changeVersions(folder, name, options, (document) => {
    if (document.versions.length === 0) throw new GreenticError('pack/not-found', `${name} is not published here.`);
    const { deprecated: _, ...others } = document;
    return {
      document: deprecation === undefined ? others : { ...others, deprecated: deprecation },
      result: undefined,
    };
  });
  return index;
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
