import { definePack } from '@greentic/sdk';
import { mutate } from '../mutation.ts';
import { DEPLOYER_MUTATIONS } from './mutations.ts';
import { referenceDeployer } from './reference.ts';

/** A deployer that is correct, or broken in the way the answer `mutation` names. */
export const pack = definePack('deployer', {
  open: (context) => mutate<'deployer'>(referenceDeployer(context.workers), DEPLOYER_MUTATIONS, context),
});
