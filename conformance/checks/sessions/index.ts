import type { Check } from '../../check.ts';
import { countsAreTrue } from './counts-are-true.ts';
import { deploymentsStayApart } from './deployments-stay-apart.ts';
import { durablePinsSurvive } from './durable-pins-survive.ts';
import { firstPinWins } from './first-pin-wins.ts';
import { pinsComeAndGo } from './pins-come-and-go.ts';
import { pinsExpireOnTime } from './pins-expire-on-time.ts';
import { sessionIdsNeverAlias } from './session-ids-never-alias.ts';

/** The checks of the sessions slot. */
export const sessionsChecks: readonly Check<'sessions'>[] = [
  pinsComeAndGo,
  firstPinWins,
  durablePinsSurvive,
  pinsExpireOnTime,
  deploymentsStayApart,
  sessionIdsNeverAlias,
  countsAreTrue,
];
