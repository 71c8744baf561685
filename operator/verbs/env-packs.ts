import {
  type Answers,
  type ArtifactPin,
  assertDigest,
  type Digest,
  decode,
  type Environment,
  type Grant,
  GreenticError,
  kindOf,
  type Slot,
  SlotBinding,
} from '@greentic/core';
import type { Decision, Snapshot } from '../decision.ts';
import { lastOf, retire } from './retired.ts';

/** The lock file after the change, whole, in canonical form. */
export interface NewLock {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** An admitted pack, and what the operator granted and answered. */
export interface BindPack {
  readonly slot: Slot;
  readonly pack: ArtifactPin;
  readonly grants: Grant[];
  readonly answers: Answers;
  readonly lock: NewLock;
  /** Whether the pack may take the place of another. */
  readonly replace?: boolean;
}

/**
 * Fills a slot. Throws `trust/root-missing` in an environment that believes nobody, `pack/slot-mismatch`, `env/slot-taken`
 * unless told to replace, and `lock/mismatch` when the lock's bytes do not have their digest.
 */
export function bindPack(
  { environment, trustRoot }: Snapshot,
  { slot, pack, grants, answers, lock, replace = false }: BindPack,
  now: Date,
): Decision<{ slot: Slot; generation: number }> {
  if (trustRoot === undefined) throw new GreenticError('trust/root-missing', `${environment.name} has no trust root.`);
  if (kindOf(pack.name) !== slot) {
    throw new GreenticError('pack/slot-mismatch', `${pack.name} fills the slot ${kindOf(pack.name)}, not ${slot}.`);
  }
  const bound = environment.bindings.find((binding) => binding.slot === slot);
  if (bound !== undefined && !replace) {
    throw new GreenticError('env/slot-taken', `${bound.pack.name} ${bound.pack.version} fills the slot ${slot}.`);
  }
  const generation = (bound?.generation ?? lastOf(environment, `slot:${slot}`)) + 1;
  const former = formerOf(bound, pack);
  const fields = { ...bound, slot, pack, generation, grants, answers, boundAt: now.toISOString(), ...former };
  const binding = decode(SlotBinding, fields, 'input/invalid', 'The binding');
  const bindings = [...environment.bindings.filter((other) => other !== bound), binding];
  return { ...withLock({ ...environment, bindings }, lock), result: { slot, generation } };
}

/**
 * Puts back what filled a slot before, with what was granted and answered then; what fills it now becomes the former. Throws
 * `env/slot-empty`, `env/no-former`, `env/stale` when the former is not the one that was verified, and `lock/mismatch`.
 */
export function restoreFormer(
  { environment }: Snapshot,
  { slot, digest, lock }: { readonly slot: Slot; readonly digest: Digest; readonly lock: NewLock },
  now: Date,
): Decision<{ slot: Slot; generation: number }> {
  const { bound, former } = formerBinding(environment, slot);
  if (former.pack.digest !== digest) {
    throw new GreenticError('env/stale', `The former pack of the slot ${slot} is ${former.pack.digest} by now.`);
  }
  const generation = bound.generation + 1;
  const { pack, grants, answers } = bound;
  const fields = { ...bound, ...former, generation, boundAt: now.toISOString(), former: { pack, grants, answers } };
  const binding = decode(SlotBinding, fields, 'input/invalid', 'The binding');
  const bindings = [...environment.bindings.filter((other) => other !== bound), binding];
  return { ...withLock({ ...environment, bindings }, lock), result: { slot, generation } };
}

/** What fills a slot, and what filled it before. Throws `env/slot-empty` and `env/no-former`. */
export function formerBinding(
  { bindings }: Environment,
  slot: Slot,
): { bound: SlotBinding; former: NonNullable<SlotBinding['former']> } {
  const bound = bindings.find((binding) => binding.slot === slot);
  if (bound === undefined) throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot}.`);
  if (bound.former === undefined)
    throw new GreenticError('env/no-former', `Nothing filled the slot ${slot} before ${bound.pack.name}.`);
  return { bound, former: bound.former };
}

/** The same bytes bound anew, with other grants, leave the way back open to what was there before them. */
function formerOf(bound: SlotBinding | undefined, pack: ArtifactPin): Pick<SlotBinding, 'former'> {
  if (bound === undefined || bound.pack.digest === pack.digest) return {};
  return { former: { pack: bound.pack, grants: bound.grants, answers: bound.answers } };
}

/** Empties a slot. Throws `env/slot-empty`, and `lock/mismatch` as `bindPack` does. */
export function removePack(
  { environment }: Snapshot,
  { slot, lock }: { readonly slot: Slot; readonly lock: NewLock },
): Decision<{ slot: Slot }> {
  const bound = environment.bindings.find((binding) => binding.slot === slot);
  if (bound === undefined) throw new GreenticError('env/slot-empty', `No pack fills the slot ${slot}.`);
  const bindings = environment.bindings.filter((binding) => binding !== bound);
  const emptied = retire({ ...environment, bindings }, `slot:${slot}`, bound.generation);
  return { ...withLock(emptied, lock), result: { slot } };
}

function withLock(
  environment: Environment,
  { bytes, digest }: NewLock,
): Pick<Decision<unknown>, 'environment' | 'lock'> {
  assertDigest(bytes, digest, 'The new lock file', 'lock/mismatch');
  return { environment: { ...environment, lock: { ...environment.lock, digest } }, lock: bytes };
}
