import { definePack } from '@greentic/sdk';
import { mutate } from '../mutation.ts';
import { SESSIONS_MUTATIONS } from './mutations.ts';
import { referenceSessions } from './reference.ts';

/** A sessions pack that is correct, or broken in the way the answer `mutation` names. */
export const pack = definePack('sessions', {
  open: (context) => mutate<'sessions'>(referenceSessions(context.kv('data')), SESSIONS_MUTATIONS, context),
});
