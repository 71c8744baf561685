import { GreenticError } from '@greentic/core';
import semver from 'semver';
import type { VersionEntry, VersionsDocument } from '../tuf/versions-document.ts';

/**
 * Picks a version: an exact version names itself, also a prerelease; a range names the highest release that satisfies it, and
 * never a prerelease. Throws `pack/version-not-found`, and `input/invalid` for what is no range (node-semver's grammar).
 */
export function resolve(document: VersionsDocument, range: string): VersionEntry {
  const exact = document.versions.find((entry) => entry.version === range);
  if (exact !== undefined) return exact;
  if (range.length > 256 || semver.validRange(range) === null) {
    throw new GreenticError('input/invalid', `${range.slice(0, 256)} is neither a version nor a range.`, {
      hint: 'Write 1.2.0, ^1.2.0, 1.x or *.',
    });
  }
  const releases = document.versions
    .map(({ version }) => version)
    .filter((version) => semver.prerelease(version) === null);
  const best = semver.maxSatisfying(releases, range);
  const entry = document.versions.find(({ version }) => version === best);
  if (entry !== undefined) return entry;
  throw new GreenticError('pack/version-not-found', `No version of ${document.name} satisfies ${range}.`, {
    details: { name: document.name, range, versions: document.versions.slice(-20).map(({ version }) => version) },
  });
}
