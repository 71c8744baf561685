import type { Check } from '../../check.ts';
import { badSplitsAreRefused } from './bad-splits-are-refused.ts';
import { deploymentsStayApart } from './deployments-stay-apart.ts';
import { destroyRemovesItsOwn } from './destroy-removes-its-own.ts';
import { drainedTakesNoPart } from './drained-takes-no-part.ts';
import { observeTellsTheTruth } from './observe-tells-the-truth.ts';
import { readyMeansItAnswers } from './ready-means-it-answers.ts';
import { revisionsAreImmutable } from './revisions-are-immutable.ts';
import { theDialRestartsNothing } from './the-dial-restarts-nothing.ts';
import { twiceIsOnce } from './twice-is-once.ts';
import { unknownRevisionsAreRefused } from './unknown-revisions-are-refused.ts';

/** The checks of the deployer slot. */
export const deployerChecks: readonly Check<'deployer'>[] = [
  readyMeansItAnswers,
  twiceIsOnce,
  revisionsAreImmutable,
  unknownRevisionsAreRefused,
  badSplitsAreRefused,
  theDialRestartsNothing,
  drainedTakesNoPart,
  deploymentsStayApart,
  observeTellsTheTruth,
  destroyRemovesItsOwn,
];
