import type { Rule } from './finding.ts';

/** How far two clocks may be apart, in milliseconds. */
export const CLOCK_SKEW_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

/** Neither the trust root nor the version is dated after this machine's clock, give or take the skew. */
export const clockIsPlausible: Rule = ({ trustRoot, index, now }) => {
  const dates = [
    ['The trust root was made', trustRoot.issued],
    ['The version was published', index?.publishedAt],
  ] as const;
  const late = dates.find(([, at]) => at !== undefined && Date.parse(at) > now.getTime() + CLOCK_SKEW_MS);
  if (late === undefined) return { looked: `Nothing is dated after ${now.toISOString()}.` };
  return { looked: `${late[0]} on ${late[1]}; here it is ${now.toISOString()}.`, code: 'trust/clock-skew' };
};

/** The version was published at least as long ago as the policy asks. A version without a date is too young for any. */
export const versionHasCooled: Rule = ({ index, trustRoot, now }) => {
  const asked = trustRoot.policy?.coolDown;
  if (asked === undefined) return { looked: 'The policy asks for no cool-down.' };
  const code = 'policy/cool-down';
  const publishedAt = index?.publishedAt;
  if (publishedAt === undefined) {
    const looked = `The index does not say when the version was published; the policy asks for ${asked} hours since then.`;
    return { looked, code, wayOut: 'Choose a version with a date: have it published again.' };
  }
  const ready = new Date(Date.parse(publishedAt) + asked * HOUR_MS);
  const looked = `It was published on ${publishedAt}; the policy asks for ${asked} hours, until ${ready.toISOString()}.`;
  if (ready <= now) return { looked };
  return { looked, code, wayOut: `Wait until ${ready.toISOString()}, or choose an older version.` };
};

/** Its registry vouched for the version no longer ago than the policy asks. */
export const vouchingIsRecent: Rule = ({ index, vouchedAt, trustRoot, now }) => {
  const asked = trustRoot.policy?.maxAge;
  if (asked === undefined) return { looked: 'The policy asks for no age.' };
  if (index !== undefined) return { looked: `The index of ${index.registry} vouches for it now.` };
  const wayOut = 'Ask its registry again: gtc op env-packs add --replace.';
  if (vouchedAt === undefined) return { looked: 'No index ever vouched for it.', code: 'policy/refused', wayOut };
  const end = new Date(Date.parse(vouchedAt) + asked * HOUR_MS);
  const looked = `An index vouched for it on ${vouchedAt}; the policy asks for no more than ${asked} hours, until ${end.toISOString()}.`;
  return end >= now ? { looked } : { looked, code: 'policy/refused', wayOut };
};
