import { type Revocation, revocationOf } from '@greentic/core';
import type { Rule } from './finding.ts';

/** The publisher has not taken the version back. */
export const versionIsOffered: Rule = ({ artifact, offer }) => {
  const { yanked, deprecated } = offer ?? {};
  if (yanked !== undefined) {
    return { looked: `Its publisher took version ${artifact.version} back: ${yanked.reason}`, code: 'pack/yanked' };
  }
  if (deprecated === undefined) return { looked: `Its publisher offers version ${artifact.version}.` };
  const successor = deprecated.successor === undefined ? '' : ` Its successor is ${deprecated.successor}.`;
  return { looked: `Its publisher offers it, and advises against ${artifact.name}: ${deprecated.reason}${successor}` };
};

/** No registry withdrew these bytes, unless the operator overrides that for a while. */
export const nothingRevokes: Rule = ({ artifact, revocations = [], overrides = [], now }) => {
  const withdrawn = revocations.find(({ digest }) => digest === artifact.digest);
  if (withdrawn === undefined) return { looked: `None of ${revocations.length} known revocations is of these bytes.` };
  const looked = `${withdrawn.severity}, since ${withdrawn.since}: ${withdrawn.reason}`;
  if (revocationOf(artifact.digest, revocations, overrides, now) !== undefined) {
    return { looked: `Withdrawn (${looked})`, code: 'pack/revoked', ...wayOutOf(withdrawn) };
  }
  const override = overrides.find(
    ({ digest, until }) => digest === artifact.digest && Date.parse(until) > now.getTime(),
  );
  return {
    looked: `Withdrawn (${looked}); ${override?.by} overrides that until ${override?.until}: ${override?.reason}`,
  };
};

function wayOutOf({ successor }: Revocation): { wayOut?: string } {
  if (successor === undefined) return {};
  const version = successor.version === undefined ? '' : `@${successor.version}`;
  return { wayOut: `Move to ${successor.name}${version}: gtc op env-packs add --replace.` };
}
