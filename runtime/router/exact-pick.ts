/** Most entries a picker takes. */
const MAX_ENTRIES = 64;

/** Gives, at each call, the index of the entry whose turn it is. */
export interface ExactPicker {
  next(): number;
}

/**
 * Picks among weights so that no prefix is off: after any n picks, entry i was picked less than one time more or fewer
 * than its share n·wᵢ/Σw. Weight 0 is never picked. The order depends on nothing but the weights, and repeats.
 *
 * The rule is Tijdeman's ("The chairman assignment problem", 1980) for k entries: of those owed at least 1/(2k−2), pick
 * the one that would be the first to be owed too much. It bounds the error by 1 − 1/(2k−2); picking whoever is owed
 * most, as smooth weighted round robin does, exceeds 1 from four entries on.
 *
 * Weights are integers from 0 to 10,000, at least one positive, at most 64 in number; anything else is a RangeError.
 */
export function createExactPicker(weights: readonly number[]): ExactPicker {
  assertWeights(weights);
  const indexes = weights.flatMap((weight, index) => (weight > 0 ? [index] : []));
  const only = indexes[0];
  if (indexes.length === 1 && only !== undefined) return { next: () => only };
  return tijdeman(
    indexes,
    indexes.map((index) => weights[index] ?? 0),
  );
}

function tijdeman(indexes: readonly number[], shares: readonly number[]): ExactPicker {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const slack = 2 * shares.length - 2;
  // What each entry is owed, in units of 1/total of a pick. It stays between −total and total, so all products below
  // are exact; it is all zeros again after `total` picks.
  const owed = shares.map(() => 0);
  return {
    next(): number {
      let best = -1;
      let bestRoom = 0;
      let bestShare = 1;
      for (let i = 0; i < shares.length; i++) {
        const share = shares[i] as number;
        const debt = (owed[i] as number) + share;
        owed[i] = debt;
        if (slack * debt < total) continue;
        // Picks until the debt passes the bound: room / share. Compared crosswise, so without fractions.
        const room = total * (slack - 1) - slack * debt;
        if (best === -1 || room * bestShare < bestRoom * share) {
          best = i;
          bestRoom = room;
          bestShare = share;
        }
      }
      owed[best] = (owed[best] as number) - total;
      return indexes[best] as number;
    },
  };
}

function assertWeights(weights: readonly number[]): void {
  if (weights.length > MAX_ENTRIES) throw new RangeError(`More than ${MAX_ENTRIES} weights.`);
  for (const weight of weights) {
    if (!Number.isInteger(weight) || weight < 0 || weight > 10_000)
      throw new RangeError(`Weight ${weight} is not an integer from 0 to 10000.`);
  }
  if (!weights.some((weight) => weight > 0)) throw new RangeError('No weight is positive.');
}
