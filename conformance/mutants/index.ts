import type { SlotName } from '@greentic/sdk';
import { DEPLOYER_MUTATIONS } from './deployer/mutations.ts';
import type { Mutation } from './mutation.ts';
import { SECRETS_MUTATIONS } from './secrets/mutations.ts';
import { SESSIONS_MUTATIONS } from './sessions/mutations.ts';
import { STATE_MUTATIONS } from './state/mutations.ts';
import { TELEMETRY_MUTATIONS } from './telemetry/mutations.ts';

/** Every mutation of every slot, with the check that has to notice it. */
export const MUTATIONS: Readonly<Record<SlotName, Readonly<Record<string, Pick<Mutation<SlotName>, 'killedBy'>>>>> = {
  secrets: SECRETS_MUTATIONS,
  state: STATE_MUTATIONS,
  sessions: SESSIONS_MUTATIONS,
  telemetry: TELEMETRY_MUTATIONS,
  deployer: DEPLOYER_MUTATIONS,
};
