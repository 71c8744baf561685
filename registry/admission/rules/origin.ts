import { namespaceOf } from '@greentic/core';
import type { Rule } from './finding.ts';

/** The namespace is one the policy allows; without such a list, one that has publishers. */
export const namespaceIsAllowed: Rule = ({ artifact, trustRoot }) => {
  const namespace = namespaceOf(artifact.name);
  const listed = trustRoot.policy?.namespaces;
  const allowed = listed ?? trustRoot.publishers.map((publisher) => publisher.namespace);
  const whose = listed === undefined ? 'has publishers' : 'allows';
  const looked = `The namespace is ${namespace}; the trust root ${whose}${listed === undefined ? ' in' : ''} ${listOf(allowed)}.`;
  return allowed.some((each) => each === namespace) ? { looked } : { looked, code: 'policy/refused' };
};

/** A channel that the policy allows names the version. */
export const channelIsAllowed: Rule = ({ index, trustRoot }) => {
  const allowed = trustRoot.policy?.channels;
  if (allowed === undefined) return { looked: 'The policy asks for no channel.' };
  const channels = index?.channels ?? [];
  const looked = `${listOf(channels)} name the version; the policy allows ${listOf(allowed)}.`;
  if (channels.some((channel) => allowed.includes(channel))) return { looked };
  return { looked, code: 'policy/refused', wayOut: `Choose a version that ${allowed[0] ?? 'a channel'} names.` };
};

function listOf(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}
