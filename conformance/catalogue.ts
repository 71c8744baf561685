import { canonicalize, type Digest, digestOf, GreenticError, type Slot } from '@greentic/core';
import type { Check, CheckCard } from './check.ts';
import { deployerChecks } from './checks/deployer/index.ts';
import { packChecks } from './checks/pack/index.ts';
import { secretsChecks } from './checks/secrets/index.ts';
import { sessionsChecks } from './checks/sessions/index.ts';
import { stateChecks } from './checks/state/index.ts';
import { telemetryChecks } from './checks/telemetry/index.ts';

/** Every check of this kit, those of all packs first. */
export const CHECKS: readonly Check[] = [
  ...packChecks,
  ...secretsChecks,
  ...stateChecks,
  ...sessionsChecks,
  ...telemetryChecks,
  ...deployerChecks,
];

/** The checks that a pack of the slot has to pass; all checks without one. */
export function listChecks(slot?: Slot): readonly Check[] {
  return CHECKS.filter((check) => slot === undefined || check.slot === 'all' || check.slot === slot);
}

/** What a check is about, by its id. Throws `conformance/check-unknown`. */
export function explainCheck(id: string): CheckCard {
  const check = CHECKS.find((candidate) => candidate.id === id);
  if (check === undefined)
    throw new GreenticError('conformance/check-unknown', `There is no check ${id.slice(0, 64)}.`);
  const { run: _run, ...card } = check;
  return card;
}

/** Digest over ids and revisions of the checks for a slot. */
export function checksDigest(slot: Slot): Digest {
  return digestOf(canonicalize(listChecks(slot).map(({ id, rev }) => [id, rev])));
}
