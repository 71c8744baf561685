import type { CheckCard, CheckLevel } from './check.ts';
import { type CheckOutcome, CheckResult, type KitResult, type ProfileOutcome } from './report.ts';

const LEVELS: readonly CheckLevel[] = ['core', 'extended', 'adversarial'];

/**
 * What the outcomes of a list of checks say together: `failed` when one failed, `conformant` when each passed or is of a
 * feature the pack does not have, and `incomplete` otherwise. A check that is missing, or that ran in another revision, is
 * as good as not run.
 */
export function verdictOf(
  list: readonly CheckCard[],
  outcomes: readonly CheckOutcome[],
  features: readonly string[],
): KitResult {
  if (outcomes.some((outcome) => outcome.result === 'fail')) return 'failed';
  const satisfied = (card: CheckCard) => {
    const outcome = outcomes.find(({ id, rev }) => id === card.id && rev === card.rev);
    if (outcome === undefined) return false;
    if (outcome.result === 'unsupported') return card.feature !== undefined && !features.includes(card.feature);
    return outcome.result === 'pass' && outcome.observations >= card.minObservations;
  };
  return list.length > 0 && list.every(satisfied) ? 'conformant' : 'incomplete';
}

/** The same, level by level, for the levels that the list has. */
export function profilesOf(
  list: readonly CheckCard[],
  outcomes: readonly CheckOutcome[],
  features: readonly string[],
): ProfileOutcome[] {
  const present = LEVELS.filter((level) => list.some((card) => card.level === level));
  return present.map((name) => {
    const cards = list.filter((card) => card.level === name);
    const own = outcomes.filter(({ id }) => cards.some((card) => card.id === id));
    return { name, result: verdictOf(cards, own, features), counts: countsOf(own) };
  });
}

function countsOf(outcomes: readonly CheckOutcome[]): ProfileOutcome['counts'] {
  const count = (result: CheckResult) => outcomes.filter((outcome) => outcome.result === result).length;
  const entries = CheckResult.options.map((result) => [result, count(result)] as const);
  return Object.fromEntries(entries) as ProfileOutcome['counts'];
}
