import { assertFresh } from '@greentic/core';
import type { Rule } from './finding.ts';

/** The environment's trust root has not expired. */
export const trustRootIsFresh: Rule = ({ trustRoot, now }) => {
  assertFresh(trustRoot, now);
  return {
    looked: `Version ${trustRoot.version} of the trust root of ${trustRoot.environment} holds until ${trustRoot.expires}.`,
  };
};

/** A signed index vouches for the version, and has not expired. */
export const indexIsFresh: Rule = ({ index, now }) => {
  if (index === undefined) return { looked: 'No index vouches for this version.', code: 'index/invalid' };
  const looked = `Index of ${index.registry}: timestamp ${index.timestamp}, snapshot ${index.snapshot}, ${index.role.name} ${index.role.version}; it holds until ${index.expires}.`;
  return Date.parse(index.expires) > now.getTime() ? { looked } : { looked, code: 'index/expired' };
};
