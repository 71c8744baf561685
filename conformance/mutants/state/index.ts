import { definePack } from '@greentic/sdk';
import { mutate } from '../mutation.ts';
import { STATE_MUTATIONS } from './mutations.ts';
import { referenceState } from './reference.ts';

/** A state pack that is correct, or broken in the way the answer `mutation` names. */
export const pack = definePack('state', {
  open: (context) => mutate<'state'>(referenceState(context.kv('data')), STATE_MUTATIONS, context),
});
