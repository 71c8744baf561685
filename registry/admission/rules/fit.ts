import { CONTRACTS } from '@greentic/core';
import type { Rule } from './finding.ts';

/** The artifact is made for the slot that is to be filled. */
export const slotMatches: Rule = ({ artifact, kind, expectedKind }) => {
  const looked = `${artifact.name} is made for ${kind}; wanted is ${expectedKind}.`;
  return kind === expectedKind ? { looked } : { looked, code: 'pack/slot-mismatch' };
};

/** It implements the version of the contract that this host speaks. */
export const contractIsSupported: Rule = ({ kind, contract }) => {
  if (kind === 'bundle') return { looked: 'A bundle implements no slot contract.' };
  const { version } = CONTRACTS[kind];
  const looked = `It implements version ${contract} of the ${kind} contract; this host speaks ${version}.`;
  return contract === version ? { looked } : { looked, code: 'pack/contract-unsupported' };
};
