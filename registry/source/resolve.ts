import { CONTRACTS, type Digest, GreenticError } from '@greentic/core';
import semver from 'semver';
import { fallbacksOf, parseChannel } from '../tuf/channel.ts';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';

const WANTED_MAX_LENGTH = 256;

/**
 * Picks a version: an exact version names itself, also a prerelease; a channel names the version it points at, or the one of
 * the next lower risk while it is closed; a range names the highest release that satisfies it, that this host can speak with
 * and that was not taken back, and never a prerelease. Throws `pack/version-not-found`, `pack/channel-closed`,
 * `pack/contract-unsupported` when every fitting version is for another host, and `input/invalid` for what is neither
 * (ranges follow node-semver's grammar). What is revoked is passed over by a range too; throws `pack/revoked` when nothing else
 * fits.
 */
export function resolve(
  document: VersionsDocument,
  wanted: string,
  revoked: ReadonlySet<Digest> = new Set(),
): VersionEntry {
  const exact = document.versions.find((entry) => entry.version === wanted);
  if (exact !== undefined) return exact;
  if (parseChannel(wanted) !== undefined) return followChannel(document, wanted);
  if (wanted.length > WANTED_MAX_LENGTH || semver.validRange(wanted) === null) {
    throw new GreenticError(
      'input/invalid',
      `${wanted.slice(0, WANTED_MAX_LENGTH)} is neither a version, a range nor a channel.`,
      { hint: 'Write 1.2.0, ^1.2.0, 1.x, * or a channel such as stable.' },
    );
  }
  return highestOf(document, wanted, revoked);
}

/** The channels that name a version now. */
export function channelsOf({ channels = {} }: VersionsDocument, { version }: Pick<VersionEntry, 'version'>): string[] {
  return Object.entries(channels)
    .filter(([, named]) => named === version)
    .map(([channel]) => channel)
    .toSorted();
}

function followChannel(document: VersionsDocument, wanted: string): VersionEntry {
  const { channels = {}, name, versions } = document;
  const channel = parseChannel(wanted);
  const open = channel && fallbacksOf(channel).find((each) => channels[each] !== undefined);
  const entry = open && versions.find(({ version }) => version === channels[open]);
  if (entry !== undefined) return entry;
  throw new GreenticError('pack/channel-closed', `${name} has no channel ${channel}, nor one of less risk.`, {
    details: { name, channel: wanted, channels: Object.keys(channels) },
  });
}

function highestOf(document: VersionsDocument, range: string, revoked: ReadonlySet<Digest>): VersionEntry {
  const offered = document.versions.filter(
    ({ version, yanked }) =>
      yanked === undefined && semver.prerelease(version) === null && semver.satisfies(version, range),
  );
  const fitting = offered.filter(({ digest }) => !revoked.has(digest));
  const spoken = fitting.filter(isSpoken);
  const best = semver.maxSatisfying(
    spoken.map(({ version }) => version),
    range,
  );
  const entry = spoken.find(({ version }) => version === best);
  if (entry !== undefined) return entry;
  const { name } = document;
  if (fitting.length > 0) {
    const contracts = [...new Set(fitting.map(({ contract }) => contract))].join(', ');
    throw new GreenticError(
      'pack/contract-unsupported',
      `Every version of ${name} that satisfies ${range} is for version ${contracts} of the contract.`,
      { details: { name, range, versions: fitting.map(({ version }) => version) } },
    );
  }
  if (offered.length > 0) {
    const versions = offered.map(({ version }) => version);
    throw new GreenticError('pack/revoked', `Every version of ${name} that satisfies ${range} is revoked.`, {
      hint: 'Its publisher has no sound version yet. For a while, one that is here may run: gtc op env-packs override.',
      details: { name, range, versions },
    });
  }
  throw new GreenticError('pack/version-not-found', `No version of ${name} satisfies ${range}.`, {
    details: { name, range, versions: document.versions.slice(-20).map(({ version }) => version) },
  });
}

function isSpoken({ kind, contract }: VersionEntry): boolean {
  return kind === 'bundle' || contract === CONTRACTS[kind].version;
}
