import { definePack } from '@greentic/sdk';
import { mutate } from '../mutation.ts';
import { TELEMETRY_MUTATIONS } from './mutations.ts';
import { referenceTelemetry } from './reference.ts';

/** A telemetry pack that is correct, or broken in the way the answer `mutation` names. */
export const pack = definePack('telemetry', {
  open: (context) => mutate<'telemetry'>(referenceTelemetry(context.log), TELEMETRY_MUTATIONS, context),
});
