import type { SlotName } from '@greentic/core';
import type { Kit } from './kit.ts';

/** How much a check asks: `core` of every pack, `extended` of packs that declare its feature, `adversarial` under attack. */
export type CheckLevel = 'core' | 'extended' | 'adversarial';

/** What there is to say about a check without running it. */
export interface CheckCard {
  /** Stable id, such as `STA-02`. */
  readonly id: string;
  /** Grows by one when what the check accepts changes: results of another revision do not count. */
  readonly rev: number;
  /** The slot it is about; `all` for every pack. */
  readonly slot: SlotName | 'all';
  readonly level: CheckLevel;
  /** What is true of a pack that passes, as one sentence. */
  readonly title: string;
  /** The clause of the slot contract that asks for it. */
  readonly clause: string;
  /** Where to look when it fails. */
  readonly hint: string;
  /** Fewer things seen than this, and the check is inconclusive: nothing is concluded from having looked at nothing. */
  readonly minObservations: number;
  /** The feature that brings the check; a pack that does not declare it does not support it, and that is no failure. */
  readonly feature?: string;
}

/** One case: a sentence about every pack of a slot, and the run that finds out whether it is true of this one. */
export interface Check<S extends SlotName = SlotName> extends CheckCard {
  /** Throws on the first thing that is not as it should be. */
  run(kit: Kit<S>): Promise<void>;
}
