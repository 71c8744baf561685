import { definePack } from '@greentic/sdk';
import { mutate } from '../mutation.ts';
import { SECRETS_MUTATIONS } from './mutations.ts';
import { referenceSecrets } from './reference.ts';

/** A secrets pack that is correct, or broken in the way the answer `mutation` names. */
export const pack = definePack('secrets', {
  open: (context) =>
    mutate<'secrets'>(referenceSecrets(context.kv('data'), context.seal('data')), SECRETS_MUTATIONS, context),
});
